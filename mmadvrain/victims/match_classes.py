"""Classes of the data among those of the detector, by name."""
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from mmdet.structures import DetDataSample
from torch import Tensor, nn

from .segment_maps import objects_of, relabel


def count_classes(model: nn.Module) -> set[int]:
    """How many classes a detector tells apart; empty if it does not say.

    A panoptic one has two numbers: of its objects, and of all.
    """
    if hasattr(model, 'language_model'):  # it is told their names
        return set()
    fusion = getattr(model, 'panoptic_fusion_head', None)
    if fusion is not None:
        return {fusion.num_things_classes, fusion.num_classes}
    for owner in (getattr(model, 'roi_head', None), model):
        for name in ('bbox_head', 'mask_head'):
            head: Any = getattr(owner, name, None)
            if isinstance(head, nn.ModuleList):
                head = head[0]
            if isinstance(getattr(head, 'num_classes', None), int):
                return {head.num_classes}
    return set()


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
    known, counts = meta.get('classes'), count_classes(model)
    if classes is None or known and list(known) == list(classes):
        return None
    if known and (not counts or len(known) in counts):
        places = {str(name).lower(): i for i, name in enumerate(known)}
        found = [places.get(str(name).lower()) for name in classes]
        labels = [place for place in found if place is not None]
        if len(set(labels)) == len(classes):
            return None if labels == list(range(len(known))) else labels
    elif not counts or len(classes) in counts:
        return None
    raise ValueError(
        'every class of the data must be one of the detector, but the data '
        f'have {_list(classes)}, and the detector has '
        f'{_list(known) if known else f"{max(counts)} without names"}: set '
        '`metainfo=dict(classes=...)` of the test data')


def _list(names: Sequence[str]) -> str:
    return f'{len(names)} classes ({", ".join(map(str, names))})'


def speak_labels(model: nn.Module, labels: Sequence[int] | None) -> None:
    """Let a detector predict objects, of labels of the data and no others.

    Args:
        model: Its ``predict`` is replaced. The objects of one that predicts a
            panoptic map alone are those of the map.
        labels: From :func:`match_classes`.
    """
    back = None
    if labels is not None:
        size = max(*count_classes(model), *(label + 1 for label in labels))
        back = torch.full((size, ), -1)
        back[torch.tensor(labels)] = torch.arange(len(labels))
    kind: Any = type(model)
    model.__dict__['predict'] = partial(_predict, partial(kind.predict, model),
                                        _count_things(model), back)


def _count_things(model: nn.Module) -> int:
    head = getattr(model, 'panoptic_fusion_head', None)
    return int(getattr(head, 'num_things_classes', 0))


def _predict(predict: partial, things: int, back: Tensor | None, *args: object,
             **kwargs: object) -> list[DetDataSample]:
    samples: list[DetDataSample] = predict(*args, **kwargs)
    for sample in samples:
        if things and 'pred_instances' not in sample:
            sample.pred_instances = objects_of(sample, things)
        if back is not None:
            found = sample.pred_instances
            found.labels = back.to(found.labels.device)[found.labels]
            sample.pred_instances = found[found.labels >= 0]
            if 'pred_panoptic_seg' in sample:
                relabel(sample, back, int(back.max()) + 1)
    return samples
