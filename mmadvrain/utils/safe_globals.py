"""The classes that OpenMMLab checkpoints hold besides tensors.

``torch.load(weights_only=True)`` knows tensors and plain containers only.
Checkpoints written by MMEngine's runner also hold the training log, as
``HistoryBuffer`` objects with numpy arrays inside. Everything on this list
stores data and runs nothing of the file's choosing.
"""
import argparse
import collections
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pickle import UnpicklingError

import numpy as np
import torch
from mmengine.config import ConfigDict
from mmengine.logging import HistoryBuffer
from packaging.version import Version

# (object, full name in the file), as torch takes them
Allowed = tuple[Callable, str]

# torch takes pairs of object and name from this release on
_FIRST_TORCH = Version('2.6')
_STATISTICS = ('min', 'max', 'mean', 'current')
_DTYPES = '?bBhHiIlLqQefdgFDSU'


def _history_statistic(owner: object, name: str) -> Callable:
    """Stand in for ``getattr`` in the pickle of a ``HistoryBuffer``.

    Args:
        owner: Only ``HistoryBuffer`` is accepted.
        name: Only the names of its statistics are accepted.

    Returns:
        The method that the file refers to.

    Raises:
        pickle.UnpicklingError: For any other attribute.
    """
    if owner is not HistoryBuffer or name not in _STATISTICS:
        raise UnpicklingError(
            f'getattr({owner!r}, {name!r}), where only the statistics of '
            'HistoryBuffer may be looked up')
    method: Callable = getattr(HistoryBuffer, name)
    return method


def openmmlab_globals() -> list[Callable | Allowed]:
    """List what an OpenMMLab checkpoint may name besides tensors.

    Returns:
        Pairs of object and full name, in the form
        ``torch.serialization.safe_globals`` takes. Both names of numpy's core
        module are listed, so that files written under numpy 1 and 2 are read
        under either.
    """
    core = getattr(np, '_core', None) or np.core
    allowed: list[Callable | Allowed] = [
        (HistoryBuffer, 'mmengine.logging.history_buffer.HistoryBuffer'),
        (_history_statistic, 'builtins.getattr'),
        (ConfigDict, 'mmengine.config.config.ConfigDict'),
        (np.ndarray, 'numpy.ndarray'),
        (np.dtype, 'numpy.dtype'),
        (slice, 'builtins.slice'),
        (collections.defaultdict, 'collections.defaultdict'),
        (argparse.Namespace, 'argparse.Namespace'),
    ]
    for package in ('numpy.core', 'numpy._core'):
        allowed += [
            (core.multiarray._reconstruct,
             f'{package}.multiarray._reconstruct'),
            (core.multiarray.scalar, f'{package}.multiarray.scalar'),
        ]
    for char in _DTYPES:
        kind = type(np.dtype(char))
        allowed.append((kind, f'{kind.__module__}.{kind.__qualname__}'))
    return allowed


def _torch_takes_names() -> bool:
    return Version(torch.__version__) >= _FIRST_TORCH


def safe_openmmlab_globals() -> AbstractContextManager[None]:
    """Let ``torch.load(weights_only=True)`` read OpenMMLab checkpoints.

    Before torch 2.6 there is no list that could be extended by name: nothing
    is added then, and files that hold more than tensors and plain containers
    are refused.

    Returns:
        The list holds inside it.
    """
    if not _torch_takes_names():
        return nullcontext()
    context: AbstractContextManager[None] = torch.serialization.safe_globals(
        openmmlab_globals())
    return context


def allow_openmmlab_globals() -> None:
    """Let every later ``torch.load`` read OpenMMLab checkpoints.

    From torch 2.6 on ``torch.load`` reads weights only unless told otherwise,
    and MMEngine 0.10.7 calls it bare: without this it fails on the checkpoints
    that its own runner wrote. Before torch 2.6 nothing is done.
    """
    if _torch_takes_names():
        torch.serialization.add_safe_globals(openmmlab_globals())
