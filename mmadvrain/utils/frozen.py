import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn


@contextmanager
def frozen(model: nn.Module) -> Iterator[nn.Module]:
    """Lend a model for gradients to its input, and take it back unchanged.

    Inside, the model is in evaluation mode, its weights take no gradient,
    gradients are enabled even where the caller disabled them by ``no_grad``,
    and seeds may be set at will. Afterwards modes, ``requires_grad``, buffers
    and the global random states are what they were, also when an error is
    raised.

    Args:
        model: The victim.

    Yields:
        The same model.
    """
    modes = [(module, module.training) for module in model.modules()]
    grads = [(weight, weight.requires_grad) for weight in model.parameters()]
    buffers = [(module, name, buffer, buffer.clone())
               for module in model.modules()
               for name, buffer in module.named_buffers(recurse=False)]
    numpy_state, python_state = np.random.get_state(), random.getstate()
    # setting a seed sets that of every GPU, wherever the model is
    in_use = torch.cuda.is_available() and torch.cuda.is_initialized()
    devices = range(torch.cuda.device_count()) if in_use else []
    try:
        with torch.random.fork_rng(devices), torch.enable_grad():
            model.eval()
            for weight, _ in grads:
                weight.requires_grad_(False)
            yield model
    finally:
        for module, training in modes:
            module.training = training
        for weight, requires_grad in grads:
            weight.requires_grad_(requires_grad)
        with torch.no_grad():
            for module, name, buffer, value in buffers:
                module._buffers[name] = buffer  # it may have been replaced
                if not torch.equal(buffer, value):
                    buffer.copy_(value)
        np.random.set_state(numpy_state)
        random.setstate(python_state)
