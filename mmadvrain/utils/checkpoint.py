"""Loading the weights of a victim, silent about nothing."""
import logging
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import torch
from mmengine.logging import print_log
from torch import Tensor, nn

from mmadvrain.typing import PathLike

from .checkpoint_file import (
    UnsafeCheckpointError,
    read_checkpoint,
    resolve_source,
)
from .safe_globals import allow_openmmlab_globals

__all__ = [
    'LoadedKeys', 'UnsafeCheckpointError', 'allow_openmmlab_globals',
    'load_victim', 'load_weights'
]

_CONTAINERS = ('state_dict', 'model_state_dict', 'model', 'params')
_WRAPPER = 'module.'
_AVERAGING_COUNTS = ('steps', 'n_averaged')
_SHOWN = 5


class LoadedKeys(NamedTuple):
    """Keys that did not meet a partner.

    Attributes:
        missing: Keys of the model that the weights lack.
        unexpected: Keys of the weights that the model lacks.
    """

    missing: list[str]
    unexpected: list[str]


def _unwrap(checkpoint: object, path: Path, ema: bool) -> Mapping:
    """Find the state dict inside a checkpoint."""
    if isinstance(checkpoint, nn.Module):
        return checkpoint.state_dict()
    if isinstance(checkpoint, Mapping):
        containers = ('ema_state_dict', ) if ema else _CONTAINERS
        for key in containers:
            inner = checkpoint.get(key)
            if isinstance(inner, nn.Module):
                return inner.state_dict()
            if isinstance(inner, Mapping):
                return inner
        if ema:
            raise ValueError(f'Averaged weights are wanted from {path}, but '
                             'it has no ema_state_dict.')
        if any(isinstance(value, Tensor) for value in checkpoint.values()):
            return checkpoint
        found = f'a dict with the keys {sorted(map(str, checkpoint))}'
    else:
        found = f'a {type(checkpoint).__name__}'
    raise ValueError(f'A state dict, alone or under one of {_CONTAINERS}, is '
                     f'wanted, but {path} holds {found}')


def _strip_wrapper(weights: Mapping) -> OrderedDict:
    """Drop the ``module.`` that parallel and averaging wrappers add."""
    names = [key for key in weights if key not in _AVERAGING_COUNTS]
    stripped: OrderedDict = OrderedDict(weights)
    if names and all(key.startswith(_WRAPPER) for key in names):
        stripped = OrderedDict(
            (key[len(_WRAPPER):], weights[key]) for key in names)
    if hasattr(weights, '_metadata'):
        stripped._metadata = OrderedDict(  # type: ignore[attr-defined]
            (key.removeprefix('module').removeprefix('.'), value)
            for key, value in weights._metadata.items())
    return stripped


def load_weights(source: PathLike,
                 *,
                 trust: bool = False,
                 ema: bool = False,
                 map_location: str = 'cpu') -> dict[str, Tensor]:
    """Load a state dict from a file or an address.

    Only tensors, plain containers and the classes named in
    :mod:`mmadvrain.utils.safe_globals` are read. Before torch 2.6 that list
    cannot be extended, and files that hold a training log are refused.

    Args:
        source: A path or a ``file``, ``http`` or ``https`` address. The
            SHA-256 sum in the name of a fetched file is compared, that of a
            local one is not.
        trust: Read the file whatever it holds, which runs its code.
        ema: Take ``ema_state_dict``. MMEngine's ``EMAHook`` swaps the two when
            it saves, so ``state_dict`` already holds the averaged weights
            there and this gives the raw ones.
        map_location: As in ``torch.load``.

    Returns:
        The state dict, alone in the file or under ``state_dict``,
        ``model_state_dict``, ``model`` or, as BasicSR has it, ``params``; a
        ``module.`` that all names begin with is dropped.

    Raises:
        FileNotFoundError: If there is no such file.
        UnsafeCheckpointError: If the file holds more than data.
        ValueError: If it is no checkpoint, is truncated, or holds no state
            dict.
        ConnectionError: If an address cannot be reached.
    """
    path = resolve_source(source)
    checkpoint = read_checkpoint(path, trust=trust, map_location=map_location)
    return _strip_wrapper(_unwrap(checkpoint, path, ema))


def _some(items: list[str]) -> str:
    more = len(items) - _SHOWN
    return ', '.join(
        items[:_SHOWN]) + (f' and {more} more' if more > 0 else '')


def _class_names(checkpoint: object) -> tuple[str, ...]:
    """Classes that a checkpoint says it was trained on, of old form or new."""
    meta = checkpoint.get('meta') if isinstance(checkpoint, Mapping) else None
    if not isinstance(meta, Mapping):
        return ()
    for part in (meta.get('dataset_meta'), meta):
        part = part if isinstance(part, Mapping) else {}
        names = part.get('classes') or part.get('CLASSES')
        if isinstance(names, (list, tuple)):
            return tuple(str(name) for name in names)
    return ()


def _check_finite(weights: Mapping, source: PathLike) -> None:
    bad = [
        key for key, value in weights.items()
        if isinstance(value, Tensor) and value.is_floating_point()
        and not bool(torch.isfinite(value).all())
    ]
    if bad:
        raise ValueError(f'Finite weights are wanted, but {len(bad)} tensors '
                         f'of {source} hold NaN or Inf: {_some(bad)}')


def _check_shapes(own: Mapping, weights: Mapping, source: PathLike) -> None:
    wrong = [
        f'{key}: wanted {tuple(own[key].shape)}, found '
        f'{tuple(value.shape)}' for key, value in weights.items()
        if isinstance(value, Tensor) and isinstance(own.get(key), Tensor)
        and own[key].shape != value.shape
    ]
    if wrong:
        raise ValueError(f'The weights of {source} do not fit the model in '
                         f'{len(wrong)} tensors: {_some(wrong)}. Was the '
                         'model built for another number of classes?')


def _check_parts(model: nn.Module, weights: Mapping, source: PathLike) -> None:
    """Refuse what leaves a whole part of a model at random weights.

    A part that names a checkpoint of its own, such as a derainer, has them.
    """
    known = {
        f'{name}.'
        for name, module in model.named_modules()
        if name and getattr(module, 'checkpoint', None)
    }
    bare = []
    for part, module in model.named_children():
        names = [f'{part}.{name}' for name, _ in module.named_parameters()]
        wanted = [n for n in names if not n.startswith(tuple(known))]
        if wanted and not any(n in weights for n in wanted):
            bare.append(part)
    if bare:
        raise ValueError(
            f'{source} has no weights for the {" and ".join(bare)} of the '
            'model, which would be random: give a checkpoint of the whole '
            f'model; this one has {_some(list(weights))}')


def load_victim(model: nn.Module,
                source: PathLike,
                *,
                trust: bool = False,
                ema: bool = False) -> LoadedKeys:
    """Load weights into a model, silent about nothing.

    The model is changed only after all checks have passed.

    Args:
        model: Receives the weights, and ``dataset_meta`` with the classes
            that the checkpoint names.
        source: See :func:`load_weights`.
        trust: See :func:`load_weights`.
        ema: See :func:`load_weights`.

    Returns:
        Missing and unexpected keys; a warning names them too.

    Raises:
        ValueError: If no key fits, a whole part of the model gets no weight,
            a shape differs (wanted and found are named), or a weight is NaN
            or infinite. The errors of :func:`load_weights` besides.
    """
    path = resolve_source(source)
    checkpoint = read_checkpoint(path, trust=trust, map_location='cpu')
    weights = _strip_wrapper(_unwrap(checkpoint, path, ema))
    own = model.state_dict()
    _check_finite(weights, source)
    _check_shapes(own, weights, source)
    if own and not any(key in own for key in weights):
        raise ValueError(
            f'No key of {source} fits the model: it wants names such as '
            f'{_some(list(own))}, and found {_some(list(weights))}')
    _check_parts(model, weights, source)
    loaded = LoadedKeys(*model.load_state_dict(weights, strict=False))
    classes = _class_names(checkpoint)
    if classes:  # where MMDetection's own inference puts them
        vars(model)['dataset_meta'] = dict(classes=classes)
    for kind, keys in zip(('lacks', 'holds, but the model does not have,'),
                          loaded):
        if keys:
            print_log(
                f'{source} {kind} {len(keys)} keys: {_some(keys)}',
                logger='current',
                level=logging.WARNING)
    return loaded
