"""Many copies of one stencil added to a canvas, and the adjoint of that.

Neither keeps anything: what is scattered is made of weights, basis, and one
index for each copy and each pixel of the stencil.
"""
from typing import Tuple

from torch import Tensor


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
        Tensor: Canvas of shape (C, A). On a GPU sums are repeated bit for bit
        only under ``torch.use_deterministic_algorithms``.
    """
    index = (origin[:, None] + reach).flatten()
    canvas = weights.new_zeros(len(weights), area)
    # in this order on one thread, so that a CPU repeats every bit
    for channel, one in zip(canvas, weights):
        channel.scatter_add_(0, index, (one @ basis).flatten())
    return canvas


def splat_adjoint(grad: Tensor, weights: Tensor, basis: Tensor, origin: Tensor,
                  reach: Tensor) -> Tuple[Tensor, Tensor]:
    """Gradient of :func:`splat` in weights and basis.

    Args:
        grad (Tensor): With respect to the canvas. Shape (C, A).
        weights (Tensor): Shape (C, P, K).
        basis (Tensor): Shape (K, U).
        origin (Tensor): Shape (P,), int64.
        reach (Tensor): Shape (U,), int64.

    Returns:
        tuple[Tensor, Tensor]: Of the shapes of weights and basis.
    """
    index = (origin.int()[:, None] + reach.int()).flatten()
    arrived = grad.index_select(1, index).view(
        len(grad), len(origin), len(reach))
    return arrived @ basis.t(), (weights.transpose(1, 2) @ arrived).sum(0)
