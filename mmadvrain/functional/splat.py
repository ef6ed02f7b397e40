"""Many copies of one stencil added to a canvas, and the adjoint of that.

The stencil has the same reach for every copy, so neither direction keeps more
than the factors: weights, basis, and one index for each copy and each pixel of
the stencil. What is scattered is made anew from them in the backward pass.
"""
from typing import Any, Tuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def gather(canvas: Tensor, origin: Tensor, reach: Tensor) -> Tensor:
    """Read the stencil's pixels of every copy.

    Args:
        canvas (Tensor): Shape (C, A), A pixels.
        origin (Tensor): Pixel each copy stands on. Shape (P,), int64.
        reach (Tensor): Pixels of the stencil, from there. Shape (U,), int64.

    Returns:
        Tensor: Shape (C, P, U).
    """
    index = (origin[:, None] + reach).flatten()
    shape = (len(origin), len(reach))
    return torch.stack(
        [channel.index_select(0, index).view(shape) for channel in canvas])


def full_precision(tensor: Tensor) -> torch.autocast:
    """Context without autocast: eight bits do not place a streak."""
    return torch.autocast(tensor.device.type, enabled=False)


def _scatter(weights: Tensor, basis: Tensor, origin: Tensor, reach: Tensor,
             area: int) -> Tensor:
    index = (origin[:, None] + reach).flatten()
    canvas = weights.new_zeros(len(weights), area)
    # in this order on one thread, so that a CPU repeats every bit
    for channel, one in zip(canvas, weights):
        channel.scatter_add_(0, index, (one @ basis).flatten())
    return canvas


class _Splat(torch.autograd.Function):
    """Differentiable in weights and basis; stores nothing but its inputs."""

    @staticmethod
    def forward(ctx: Any, weights: Tensor, basis: Tensor, origin: Tensor,
                reach: Tensor, area: int) -> Tensor:
        ctx.save_for_backward(weights, basis, origin, reach)
        with full_precision(weights):
            return _scatter(weights, basis, origin, reach, area)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Tuple[Any, ...]:
        weights, basis, origin, reach = ctx.saved_tensors
        for_weights = for_basis = None
        with full_precision(weights):
            arrived = gather(grad, origin, reach)
            if ctx.needs_input_grad[0]:
                for_weights = arrived @ basis.t()
            if ctx.needs_input_grad[1]:
                for_basis = (weights.transpose(1, 2) @ arrived).sum(0)
        return for_weights, for_basis, None, None, None


def splat(weights: Tensor, basis: Tensor, origin: Tensor, reach: Tensor,
          area: int) -> Tensor:
    """Add a stencil, a mixture of basis stencils, at every origin.

    Args:
        weights (Tensor): Mixture of each copy. Shape (C, P, K).
        basis (Tensor): The stencils that are mixed. Shape (K, U).
        origin (Tensor): Pixel each copy stands on. Shape (P,), int64.
        reach (Tensor): Pixels of the stencil, from there. Shape (U,), int64.
            ``origin + reach`` lies on the canvas everywhere.
        area (int): Pixels A of the canvas.

    Returns:
        Tensor: Canvas of shape (C, A), once differentiable in ``weights`` and
        ``basis``. On a GPU sums are repeated bit for bit only under
        ``torch.use_deterministic_algorithms``.
    """
    canvas: Tensor = _Splat.apply(weights, basis, origin, reach, area)
    return canvas
