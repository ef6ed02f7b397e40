import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn

from .model_state import ModelState


@contextmanager
def frozen(model: nn.Module) -> Iterator[nn.Module]:
    """Lend a model for gradients to its input, and take it back unchanged.

    Inside, the model is in evaluation mode, its weights take no gradient,
    gradients are enabled even where the caller disabled them by ``no_grad``,
    activations are kept rather than computed again, and seeds may be set at
    will. Afterwards modes, ``requires_grad``, buffers,
    Python attributes and the global random states are what they were, also
    when an error is raised.

    Args:
        model: The victim.

    Yields:
        The same model.
    """
    state = ModelState(model)
    grads = [(weight, weight.requires_grad) for weight in model.parameters()]
    numpy_state, python_state = np.random.get_state(), random.getstate()
    # setting a seed sets that of every GPU, wherever the model is
    in_use = torch.cuda.is_available() and torch.cuda.is_initialized()
    devices = range(torch.cuda.device_count()) if in_use else []
    try:
        with torch.random.fork_rng(devices), torch.enable_grad():
            model.eval()
            for weight, _ in grads:
                weight.requires_grad_(False)
            for module in model.modules():
                _keep_activations(module)
            yield model
    finally:
        state.restore()
        for weight, requires_grad in grads:
            weight.requires_grad_(requires_grad)
        np.random.set_state(numpy_state)
        random.setstate(python_state)


def _keep_activations(module: nn.Module) -> None:
    """Switch checkpointing off, which knows only gradients of weights."""
    for name in ('with_cp', 'use_checkpoint'):
        if vars(module).get(name) is True:
            setattr(module, name, False)
