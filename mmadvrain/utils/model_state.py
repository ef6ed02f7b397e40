import logging
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from mmengine.utils import ManagerMixin
from torch import Tensor, nn

# shared with others, or of a library that keeps no state of the model's
_LEFT_ALONE = (logging.Logger, ManagerMixin, nn.Parameter,
               torch.jit.ScriptModule)
# what every module has for itself: hooks and weights, which no step changes,
# and modes and buffers, which are noted apart
_OF_MODULES = nn.Module().__dict__.keys() - {'_modules'}
_FOREIGN = ('builtins', 'logging', 'threading', 'tokenizers', 'transformers')


class ModelState:
    """Modes, buffers and Python attributes of a model, to be put back.

    Some heads keep a history of the losses they see, move a threshold, or
    note what they were called with, in attributes that no checkpoint holds.
    They are noted for all that can be reached from the model: modules, their
    assigners, samplers and coders, lists, dicts and tensors. Weights are not
    noted.

    Args:
        model: The model as it is to be again.
    """

    def __init__(self, model: nn.Module) -> None:
        self._modes = [(module, module.training) for module in model.modules()]
        self._buffers = [
            (module, name, buffer, buffer.clone())
            for module in model.modules()
            for name, buffer in module.named_buffers(recurse=False)
        ]
        self._undo: list[Callable[[], None]] = []
        self._seen: dict[int, object] = {}  # kept, so that no id is reused
        waiting: list[object] = [model]
        while waiting:
            value = waiting.pop()
            if id(value) not in self._seen:
                waiting.extend(self._note(value))

    def _note(self, value: Any) -> Iterable[object]:
        """Note one value; return what can be reached from it."""
        if value is None or isinstance(value, (bool, int, float, str, type)):
            return ()
        self._seen[id(value)] = value
        if isinstance(value, _LEFT_ALONE):
            return ()
        if isinstance(value, Tensor):
            self._undo.append(_undo_array(value, value.clone(), torch.equal))
            return ()
        if isinstance(value, np.ndarray):
            self._undo.append(_undo_array(value, value.copy(), np.array_equal))
            return ()
        if isinstance(value, tuple):
            return value
        if isinstance(value, dict):
            return self._note_dict(value)
        if isinstance(value, (list, deque, set)):
            content = list(value)
            self._undo.append(lambda: _refill(value, content))
            return content
        if isinstance(value, nn.Module):
            return self._note_module(value)
        foreign = type(value).__module__.split('.')[0] in _FOREIGN
        return () if foreign else self._note_dict(
            getattr(value, '__dict__', {}))

    def _note_module(self, module: nn.Module) -> Iterable[object]:
        content = {
            name: value
            for name, value in vars(module).items() if name not in _OF_MODULES
        }
        self._undo.append(lambda: _refill_module(module, content))
        return content.values()

    def _note_dict(self, value: dict) -> Iterable[object]:
        # ConfigDict builds values while one looks; dict's own methods do not
        content = dict(dict.items(value))
        self._undo.append(lambda: _refill_dict(value, content))
        return content.values()

    def restore(self) -> None:
        """Put everything back; objects stay the same objects."""
        with torch.no_grad():
            for undo in self._undo:
                undo()
            for module, name, buffer, value in self._buffers:
                module._buffers[name] = buffer  # it may have been replaced
                if not torch.equal(buffer, value):
                    buffer.copy_(value)
        for module, training in self._modes:
            module.training = training


def _undo_array(array: Any, value: Any,
                equal: Callable[[Any, Any], bool]) -> Callable[[], None]:

    def undo() -> None:
        if not equal(array, value):
            array[...] = value

    return undo


def _refill(values: Any, content: list) -> None:
    values.clear()
    (values.update if isinstance(values, set) else values.extend)(content)


def _refill_module(module: nn.Module, content: dict[str, Any]) -> None:
    attributes = vars(module)
    for name in attributes.keys() - content.keys() - _OF_MODULES:
        del attributes[name]
    attributes.update(content)


def _refill_dict(values: dict, content: dict) -> None:
    dict.clear(values)
    dict.update(values, content)
