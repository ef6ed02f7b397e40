"""Which form of the splat a tensor's device gets."""
import warnings
from functools import lru_cache
from typing import Callable, NamedTuple, Tuple

import torch
from torch import Tensor

from .splat import splat, splat_adjoint


class Splat(NamedTuple):
    """A splat and its adjoint, see ``splat.py``."""
    forward: Callable[..., Tensor]
    adjoint: Callable[..., Tuple[Tensor, Tensor]]


_PLAIN = Splat(splat, splat_adjoint)


def _trial(form: Splat, device: torch.device) -> Tuple[Tensor, ...]:
    """One small layer and its gradients."""
    ramp = torch.arange(1., 121., device=device)
    weights, basis = ramp.view(2, 20, 3), ramp[:15].view(3, 5)
    origin, reach = (ramp[:20] * 3).long(), ramp[:5].long()
    canvas = form.forward(weights, basis, origin, reach, 70)
    return (canvas, *form.adjoint(canvas, weights, basis, origin, reach))


@lru_cache(maxsize=None)
def triton_splat(device: torch.device) -> Splat:
    """Triton's kernels where they work, else the plain form.

    Triton compiles on the machine it runs on, so once for each device the
    kernels are compared with the plain form.

    Args:
        device (torch.device): With its index.

    Returns:
        Splat: The plain form where Triton is not installed, and with a
        warning where it fails.
    """
    try:
        from . import splat_triton
    except ImportError:
        return _PLAIN
    form = Splat(splat_triton.splat, splat_triton.splat_adjoint)
    try:
        for found, wanted in zip(_trial(form, device), _trial(_PLAIN, device)):
            torch.testing.assert_close(found, wanted)
    except Exception as error:  # a compiler's, a driver's, or a wrong value
        warnings.warn(
            f'rain is rendered without Triton on {device}: '
            f'{type(error).__name__}: {error}',
            stacklevel=2)
        return _PLAIN
    return form


def choose_splat(weights: Tensor) -> Splat:
    """The form for these weights.

    Args:
        weights (Tensor): On any device.

    Returns:
        Splat: Triton's kernels on a GPU, but not under
        ``torch.use_deterministic_algorithms``, as their sums have no order.
    """
    if weights.is_cuda and not torch.are_deterministic_algorithms_enabled():
        return triton_splat(weights.device)
    return _PLAIN
