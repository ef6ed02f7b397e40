"""Classes of the data among those of the detector, by name."""
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from mmdet.structures import DetDataSample
from torch import Tensor, nn


def count_classes(model: nn.Module) -> int | None:
    """How many classes a detector tells apart; None if it does not say."""
    if hasattr(model, 'language_model'):  # it is told their names
        return None
    for owner in (getattr(model, 'roi_head', None), model):
        for name in ('bbox_head', 'mask_head', 'panoptic_head'):
            head = getattr(owner, name, None)
            if isinstance(head, nn.ModuleList):
                head = head[0]
            for count in ('num_things_classes', 'num_classes'):
                if isinstance(getattr(head, count, None), int):
                    return int(getattr(head, count))
    return None


def match_classes(model: nn.Module,
                  classes: Sequence[str] | None) -> list[int] | None:
    """Where the classes of a data set stand among those of a detector.

    Names come from the checkpoint and count without regard to case.

    Args:
        model: With ``dataset_meta``, if its checkpoint names its classes.
        classes: Of the data set. None is not compared.

    Returns:
        Label of the detector by label of the data; None where they are the
        same.

    Raises:
        ValueError: If the detector does not know a class of the data, or
            there are more or fewer classes and no names.
    """
    meta = getattr(model, 'dataset_meta', None) or {}
    known, count = meta.get('classes'), count_classes(model)
    if classes is None or known and list(known) == list(classes):
        return None
    if known and count in (None, len(known)):
        places = {str(name).lower(): i for i, name in enumerate(known)}
        found = [places.get(str(name).lower()) for name in classes]
        labels = [place for place in found if place is not None]
        if len(set(labels)) == len(classes):
            return None if labels == list(range(len(known))) else labels
    elif count in (None, len(classes)):
        return None
    raise ValueError(
        'every class of the data must be one of the detector, but the data '
        f'have {_list(classes)}, and the detector has '
        f'{_list(known) if known else f"{count} without names"}: set '
        '`metainfo=dict(classes=...)` of the test data')


def _list(names: Sequence[str]) -> str:
    return f'{len(names)} classes ({", ".join(map(str, names))})'


def speak_labels(model: nn.Module, labels: Sequence[int]) -> None:
    """Let a detector predict labels of the data, and nothing else.

    Args:
        model: Its ``predict`` is replaced.
        labels: From :func:`match_classes`.
    """
    size = max(count_classes(model) or 0, max(labels) + 1)
    back = torch.full((size, ), -1)
    back[torch.tensor(labels)] = torch.arange(len(labels))
    kind: Any = type(model)
    model.__dict__['predict'] = partial(_predict, partial(kind.predict, model),
                                        back)


def _predict(predict: partial, back: Tensor, *args: object,
             **kwargs: object) -> list[DetDataSample]:
    samples: list[DetDataSample] = predict(*args, **kwargs)
    for sample in samples:
        found = sample.pred_instances
        found.labels = back.to(found.labels.device)[found.labels]
        sample.pred_instances = found[found.labels >= 0]
    return samples
