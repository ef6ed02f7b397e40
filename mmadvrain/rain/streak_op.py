"""Many copies of one stencil added to a canvas, and the adjoint of that.

Neither keeps anything: what is scattered is made of weights, basis, and one
index for each copy and each pixel of the stencil.
"""
import math
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from mmadvrain.typing import SizeHW

from .stencil import ExposureStencil, mixed_stencil


def splat(weights: Tensor, basis: Tensor, origin: Tensor, reach: Tensor,
          area: int) -> Tensor:
    """Add a stencil, a mixture of basis stencils, at every origin.

    Args:
        weights: Mixture of each copy. Shape (C, P, K).
        basis: The stencils that are mixed. Shape (K, U).
        origin: Pixel each copy stands on. Shape (P,), int64.
        reach: Pixels of the stencil, from there. Shape (U,), int64. ``origin +
            reach`` lies on the canvas everywhere.
        area: Pixels A of the canvas.

    Returns:
        Canvas of shape (C, A). On a GPU sums are repeated bit for bit only
        under ``torch.use_deterministic_algorithms``.
    """
    index = (origin[:, None] + reach).flatten()
    canvas = weights.new_zeros(len(weights), area)
    # in this order on one thread, so that a CPU repeats every bit
    for channel, one in zip(canvas, weights):
        channel.scatter_add_(0, index, (one @ basis).flatten())
    return canvas


def splat_adjoint(grad: Tensor, weights: Tensor, basis: Tensor, origin: Tensor,
                  reach: Tensor) -> tuple[Tensor, Tensor]:
    """Gradient of :func:`splat` in weights and basis.

    Args:
        grad: With respect to the canvas. Shape (C, A).
        weights: Shape (C, P, K).
        basis: Shape (K, U).
        origin: Shape (P,), int64.
        reach: Shape (U,), int64.

    Returns:
        Of the shapes of weights and basis.
    """
    index = (origin.int()[:, None] + reach.int()).flatten()
    arrived = grad.index_select(1, index).view(
        len(grad), len(origin), len(reach))
    return arrived @ basis.t(), (weights.transpose(1, 2) @ arrived).sum(0)


class _Placed(NamedTuple):
    """A splat on a canvas with a margin for what falls out."""
    weights: Tensor
    kernels: Tensor
    origin: Tensor
    reach: Tensor
    canvas_hw: SizeHW
    corner: tuple[int, int]
    stencil: ExposureStencil

    def crop(self, canvas: Tensor, size_hw: SizeHW) -> Tensor:
        """The image's part of a canvas, a view of shape (C, H, W)."""
        (top, left), (height, width) = self.corner, size_hw
        canvas = canvas.view(-1, *self.canvas_hw)
        return canvas[:, top:top + height, left:left + width]


def _place(noise: Tensor, theta: Tensor, kernels: Tensor, positions: Tensor,
           steps: int, size_hw: SizeHW) -> _Placed:
    smooth = kernels.ndim == 2
    stencil = mixed_stencil(theta, steps, size_hw,
                            kernels.shape[1] if smooth else None)
    # smooth profiles are achromatic: one channel is splatted and shared
    kernels = kernels.to(stencil.basis)
    kernels = kernels[None] if smooth else kernels.permute(2, 0, 1)
    weights = noise.to(stencil.basis)[:, None] * kernels
    offsets = stencil.offsets
    box = torch.stack((offsets.amin(0), offsets.amax(0))).tolist()
    top, left = (-min(value, 0) for value in box[0])
    bottom, right = (max(value, 0) for value in box[1])
    canvas_hw = (top + size_hw[0] + bottom, left + size_hw[1] + right)
    origin = positions[:, 0] * canvas_hw[1] + positions[:, 1] + (
        top * canvas_hw[1] + left)
    reach = offsets[:, 0] * canvas_hw[1] + offsets[:, 1]
    return _Placed(weights, kernels, origin, reach, canvas_hw, (top, left),
                   stencil)


def full_precision(tensor: Tensor) -> torch.autocast:
    """Context without autocast: eight bits do not place a streak."""
    return torch.autocast(tensor.device.type, enabled=False)


@torch.library.custom_op('mmadvrain::streaks', mutates_args=())
def streaks(noise: Tensor, theta: Tensor, kernels: Tensor, positions: Tensor,
            steps: int, height: int, width: int) -> Tensor:
    """Render a rain layer, see :func:`render_streaks`.

    Args:
        noise: Shape (P,).
        theta: Shape (2,).
        kernels: Shape (P, steps + 1, C) or (P, knots).
        positions: Inside the image. Shape (P, 2), int64.
        steps: Number of exposure steps.
        height: Of the image in pixels.
        width: Of the image in pixels.

    Returns:
        Shape (C, H, W), with one channel for profiles.
    """
    size_hw = (height, width)
    with full_precision(noise):
        placed = _place(noise, theta, kernels, positions, steps, size_hw)
        canvas = splat(placed.weights, placed.stencil.basis, placed.origin,
                       placed.reach, math.prod(placed.canvas_hw))
    return placed.crop(canvas, size_hw).to(noise.dtype).contiguous()


@torch.library.custom_op('mmadvrain::streaks_backward', mutates_args=())
def streaks_backward(grad: Tensor, noise: Tensor, theta: Tensor,
                     kernels: Tensor, positions: Tensor,
                     steps: int) -> tuple[Tensor, Tensor, Tensor]:
    """Gradient of :func:`streaks` in noise, theta and kernels.

    Args:
        grad: With respect to the layer. Shape (C, H, W).
        noise: Shape (P,).
        theta: Shape (2,).
        kernels: Shape (P, steps + 1, C) or (P, knots).
        positions: Shape (P, 2), int64.
        steps: Number of exposure steps.

    Returns:
        Of the factors' shapes and types.
    """
    size_hw = (grad.shape[1], grad.shape[2])
    with full_precision(noise):
        placed = _place(noise, theta, kernels, positions, steps, size_hw)
        stencil = placed.stencil
        canvas = placed.weights.new_zeros(len(grad), *placed.canvas_hw)
        placed.crop(canvas, size_hw).copy_(grad)
        for_weights, for_basis = splat_adjoint(
            canvas.flatten(1), placed.weights, stencil.basis, placed.origin,
            placed.reach)
        for_noise = (for_weights * placed.kernels).sum((0, 2))
        for_theta = (stencil.slopes * for_basis).sum((1, 2))
        for_kernels = for_weights * noise.to(for_weights)[:, None]
    if kernels.ndim == 2:
        for_kernels = for_kernels[0]
    else:
        for_kernels = for_kernels.permute(1, 2, 0).contiguous()
    return (for_noise.to(noise.dtype), for_theta.to(theta.dtype),
            for_kernels.to(kernels.dtype))


@streaks.register_fake
def _(noise: Tensor, theta: Tensor, kernels: Tensor, positions: Tensor,
      steps: int, height: int, width: int) -> Tensor:
    channels = kernels.shape[2] if kernels.ndim == 3 else 1
    return noise.new_empty(channels, height, width)


@streaks_backward.register_fake
def _(grad: Tensor, noise: Tensor, theta: Tensor, kernels: Tensor,
      positions: Tensor, steps: int) -> tuple[Tensor, Tensor, Tensor]:
    return (noise.new_empty(noise.shape), theta.new_empty(theta.shape),
            kernels.new_empty(kernels.shape))


class _Context(Protocol):
    steps: int
    saved_tensors: tuple[Tensor, ...]

    def save_for_backward(self, *tensors: Tensor) -> None:
        ...


def _keep(ctx: _Context, inputs: tuple[Tensor, Tensor, Tensor, Tensor, int,
                                       int, int], output: Tensor) -> None:
    ctx.save_for_backward(*inputs[:4])
    ctx.steps = inputs[4]


def _backward(ctx: _Context, grad: Tensor) -> tuple[Tensor | None, ...]:
    grads = streaks_backward(grad, *ctx.saved_tensors, ctx.steps)
    return (*grads, None, None, None, None)


streaks.register_autograd(_backward, setup_context=_keep)
