r"""Eq. (1) of the paper: rain factors -> rain layer.

All drops share the translation, so every exposure step has one pair of
bilinear weights for all of them. The exposure is therefore one small stencil,
the same for every drop: a list of pixel offsets and a matrix that says how
much of each step lands on each of them. A layer is the splat of P copies of
that stencil, and costs as many numbers as there are lit pixels, whatever the
size of the image.
"""
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, List, NamedTuple, Tuple, Union, overload

import torch
from torch import Tensor

from .kernels import profile_weights
from .splat import full_precision, gather, splat

if TYPE_CHECKING:
    from mmadvrain.structures import RainFactors


def auto_steps(size_hw: Tuple[int, int],
               theta_limit: 'Sequence[float]') -> int:
    """Least number of steps that leaves no gap in the longest streak.

    The paper gives no number of exposure steps. This is the smallest one for
    which two neighbouring positions are at most one pixel apart at the
    largest translation allowed.

    Args:
        size_hw (tuple[int, int]): Height and width in pixels.
        theta_limit (sequence[float]): Largest absolute (theta_x, theta_y).

    Returns:
        int: Number of steps, at least 1.
    """
    length_px = math.hypot(theta_limit[0] * size_hw[1] / 2,
                           theta_limit[1] * size_hw[0] / 2)
    return max(1, math.ceil(length_px - 1e-9))


def exposure_stencil(theta: Tensor, steps: int,
                     size_hw: Tuple[int, int]) -> Tuple[Tensor, Tensor]:
    """Where the exposure steps of one drop land, and how much of each.

    Args:
        theta (Tensor): (theta_x, theta_y), normalised as in ``affine_grid``.
            Shape (2,).
        steps (int): Number of exposure steps.
        size_hw (tuple[int, int]): Height and width in pixels.

    Returns:
        tuple[Tensor, Tensor]: Offsets in pixels as (row, column), int64 of
        shape (U, 2), and bilinear weights of shape (steps + 1, U),
        differentiable in ``theta``, of at least single precision. Offsets
        that lead out of the image from every pixel are left out.

    Raises:
        ValueError: If ``theta`` is not finite.
    """
    if not torch.isfinite(theta).all():
        raise ValueError(f'`theta` must be finite, but got {theta.tolist()}')
    # half precision would place streaks to no more than a tenth of a pixel
    theta = theta.to(torch.promote_types(theta.dtype, torch.float32))
    half_size = theta.new_tensor([size_hw[0] / 2, size_hw[1] / 2])
    fraction = torch.arange(steps + 1, device=theta.device).to(theta)
    if steps:
        fraction = fraction / steps
    place = fraction[:, None] * (theta.flip(0) * half_size)
    corner = place.detach().floor()
    high = place - corner
    weights, offsets = [], []
    for down in (0, 1):
        for right in (0, 1):
            row = high[:, 0] if down else 1 - high[:, 0]
            column = high[:, 1] if right else 1 - high[:, 1]
            weights.append(row * column)
            offsets.append(corner.long() +
                           corner.new_tensor((down, right)).long())
    unique, inverse = torch.unique(
        torch.cat(offsets), dim=0, return_inverse=True)
    stencil = theta.new_zeros((steps + 1) * len(unique))
    step = torch.arange(steps + 1, device=theta.device).repeat(4)
    stencil = stencil.index_add(0,
                                step * len(unique) + inverse,
                                torch.cat(weights))
    inside = (unique.abs() < unique.new_tensor(size_hw)).all(1)
    return unique[inside], stencil.view(steps + 1, len(unique))[:, inside]


@overload
def render_streaks(factors: 'RainFactors') -> Tensor:
    ...


@overload
def render_streaks(factors: 'Sequence[RainFactors]') -> List[Tensor]:
    ...


def render_streaks(
    factors: 'Union[RainFactors, Sequence[RainFactors]]'
) -> Union[Tensor, List[Tensor]]:
    r"""Render the rain layer of one image or of several.

    Source: Eq. (1) of the paper,
    :math:`R(x) = \sum_p \sum_i N_p k_{pi}\, b(x - (x_p + i\Delta\theta))`,
    :math:`\Delta\theta = \theta / steps`, :math:`i = 0 \dots steps`, with the
    bilinear kernel :math:`b`. Differs from it in: nothing; the sum is only
    ordered by pixel, not by step. What leaves the image is lost.

    Args:
        factors (RainFactors | sequence[RainFactors]): Factors of an image of
            any size, type and device, or of several images.

    Returns:
        Tensor | list[Tensor]: The rain layer, not negative, not clipped.
        Shape (C, H, W), or one such layer for each of several images.
        Differentiable in noise, theta and kernels.
    """
    if isinstance(factors, Sequence):
        return [render_streaks(one) for one in factors]
    placed = _place(factors)
    layer = splat(placed.weights, placed.basis, placed.origin, placed.reach,
                  math.prod(placed.canvas_hw))
    layer = placed.crop(layer, factors.size_hw)
    return layer.to(factors.noise.dtype).expand(factors.channels, -1, -1)


def brightness_weights(factors: 'RainFactors') -> Tensor:
    """How much each entry of the kernels adds to the layer's mean.

    The layer is linear in its kernels, so its mean is their inner product
    with these weights. They come from one pass of the renderer's adjoint;
    nothing is rendered.

    Args:
        factors (RainFactors): Factors of an image.

    Returns:
        Tensor: Not negative, of the shape and type of the kernels.
    """
    with torch.enable_grad():
        kernels = factors.kernels.detach().requires_grad_()
        placed = _place(factors.detach().replace(kernels=kernels))
    weights = placed.weights.detach()
    ones = weights.new_zeros(len(weights), *placed.canvas_hw)
    # the mean over all channels, of which a smooth layer holds one
    placed.crop(ones, factors.size_hw).fill_(
        1 / (math.prod(factors.size_hw) * len(weights)))
    with full_precision(weights):
        arrived = gather(ones.flatten(1), placed.origin,
                         placed.reach) @ placed.basis.t()
    found, = torch.autograd.grad(placed.weights, kernels, arrived)
    return found.detach()


class _Placed(NamedTuple):
    """Factors as a splat on a canvas with a margin for what falls out."""
    weights: Tensor
    basis: Tensor
    origin: Tensor
    reach: Tensor
    canvas_hw: Tuple[int, int]
    corner: Tuple[int, int]

    def crop(self, canvas: Tensor, size_hw: Tuple[int, int]) -> Tensor:
        """The image's part of a canvas, a view of shape (C, H, W)."""
        (top, left), (height, width) = self.corner, size_hw
        canvas = canvas.view(-1, *self.canvas_hw)
        return canvas[:, top:top + height, left:left + width]


def _place(factors: 'RainFactors') -> _Placed:
    offsets, stencil = exposure_stencil(factors.theta, factors.steps,
                                        factors.size_hw)
    # smooth profiles are achromatic: one channel is splatted and shared, and
    # their knots meet the stencil before the drops do
    kernels = factors.kernels.to(stencil)
    if factors.is_smooth:
        knots = profile_weights(kernels.shape[1], factors.steps).to(stencil)
        # no matrix product: its gradient would be autocast
        stencil = (knots.t()[:, :, None] * stencil).sum(1)
        kernels = kernels[:, :, None]
    kernels = kernels.permute(2, 0, 1).contiguous()
    weights = factors.noise.to(stencil)[:, None] * kernels

    height, width = factors.size_hw
    top, left = (-offsets.min(0).values).clamp(min=0).tolist()
    bottom, right = offsets.max(0).values.clamp(min=0).tolist()
    canvas_hw = (top + height + bottom, left + width + right)
    stride = offsets.new_tensor((canvas_hw[1], 1))
    origin = factors.positions + offsets.new_tensor((top, left))
    return _Placed(weights, stencil, (origin * stride).sum(1),
                   (offsets * stride).sum(1), canvas_hw, (top, left))
