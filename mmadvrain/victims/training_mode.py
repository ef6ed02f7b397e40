"""A detector as it is in a training step, but for what draws or averages."""
import dis
import functools
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any
from weakref import WeakKeyDictionary

from mmengine.logging import MessageHub
from torch import nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.dropout import _DropoutNd

from mmadvrain.utils.model_state import ModelState

# some heads warm up, and the models under attack are past that
_LONG_TRAINED = 10**9


def _kind(module: nn.Module) -> Any:
    return type(module)


@functools.cache
def _asking_methods(kind: Any) -> list[frozenset[str]]:
    """Methods of a class that ask for its own mode: names they look up."""
    found = []
    for base in kind.__mro__:
        if base is nn.Module:
            break
        for name, member in vars(base).items():
            code = getattr(inspect.unwrap(member), '__code__', None)
            if code is not None and name != 'train':
                names, asks = _read(code)
                found += [frozenset(names)] if asks else []
    return found


def _read(code: CodeType) -> tuple[set[str], bool]:
    """Names that code looks up, and whether ``self.training`` is there."""
    names, asks, before = set(code.co_names), False, None
    for step in dis.get_instructions(code):
        asks |= step.argval == 'training' and before == 'self'
        before = step.argval
    for const in code.co_consts:
        if isinstance(const, CodeType):
            inner = _read(const)
            names, asks = names | inner[0], asks or inner[1]
    return names, asks


def draws_or_averages(module: nn.Module) -> bool:
    """Whether a module of a training step drops values or takes statistics.

    Args:
        module: Normalisation and dropout of any library, also where a
            function is handed the module's mode, as in attention.
    """
    kind: Any = type(module)
    if isinstance(module, (_NormBase, _DropoutNd, nn.RNNBase)) or hasattr(
            module, 'running_mean') or 'drop' in kind.__name__.lower():
        return True
    return any('drop' in name for names in _asking_methods(kind)
               for name in names)


def asks_for_mode(module: nn.Module) -> bool:
    """Whether a module, or one in it, is another one in training.

    Normalisation and dropout do not count, see :func:`draws_or_averages`.
    """
    return any(
        _asking_methods(_kind(part)) and not draws_or_averages(part)
        for part in module.modules())


class _Noted:
    """What a model is between steps, learned at the first of them."""

    def __init__(self, model: nn.Module) -> None:
        self.state = ModelState(model)
        self.random = [
            module for module in model.modules() if draws_or_averages(module)
        ]


_alike: WeakKeyDictionary[nn.Module, list[_Noted]] = WeakKeyDictionary()


@contextmanager
def steps_alike(model: nn.Module) -> Iterator[None]:
    """Promise that a model is the same before each step made inside.

    Then :func:`training_mode` looks at it once, and not at every step.
    """
    before = _alike.get(model)
    _alike[model] = []
    try:
        yield
    finally:
        del _alike[model]
        if before is not None:
            _alike[model] = before


@contextmanager
def training_mode(model: nn.Module) -> Iterator[None]:
    """Let a model give the losses of a training step.

    Batch norm and dropout are as in evaluation. What the step changes in the
    model's Python state is put back, so that each step is like the first.

    Args:
        model: A detector, in evaluation mode.
    """
    known = _alike.get(model, [])
    if not known:
        known.append(_Noted(model))
    noted, hub = known[0], MessageHub.get_current_instance()
    unknown = [key for key in ('epoch', 'iter') if hub.get_info(key) is None]
    try:
        for key in unknown:
            hub.update_info(key, _LONG_TRAINED)
        model.train()
        for module in noted.random:
            module.eval()
        yield
    finally:
        noted.state.restore()
        for key in unknown:
            hub.runtime_info.pop(key, None)
