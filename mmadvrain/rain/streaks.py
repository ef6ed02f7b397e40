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
from typing import overload

import torch
from torch import Tensor

from mmadvrain.typing import SizeHW

from .factors import RainFactors
from .stencil import exposure_stencil, mixed_stencil
from .streak_op import full_precision, streaks

__all__ = [
    'auto_steps', 'brightness_weights', 'exposure_stencil', 'render_streaks'
]


def auto_steps(size_hw: SizeHW, theta_limit: Sequence[float]) -> int:
    """Least number of steps that leaves no gap in the longest streak.

    The paper gives no number of exposure steps. This is the smallest one for
    which two neighbouring positions are at most one pixel apart at the
    largest translation allowed.

    Args:
        size_hw: Height and width in pixels.
        theta_limit: Largest absolute (theta_x, theta_y).

    Returns:
        Number of steps, at least 1.
    """
    length_px = math.hypot(theta_limit[0] * size_hw[1] / 2,
                           theta_limit[1] * size_hw[0] / 2)
    return max(1, math.ceil(length_px - 1e-9))


@overload
def render_streaks(factors: RainFactors) -> Tensor:
    ...


@overload
def render_streaks(factors: Sequence[RainFactors]) -> list[Tensor]:
    ...


def render_streaks(
        factors: RainFactors | Sequence[RainFactors]) -> Tensor | list[Tensor]:
    r"""Render the rain layer of one image or of several.

    Source: Eq. (1) of the paper,
    :math:`R(x) = \sum_p \sum_i N_p k_{pi}\, b(x - (x_p + i\Delta\theta))`,
    :math:`\Delta\theta = \theta / steps`, :math:`i = 0 \dots steps`, with the
    bilinear kernel :math:`b`. Differs from it in: nothing; the sum is only
    ordered by pixel, not by step. What leaves the image is lost.

    Args:
        factors: Factors of an image of any size, type and device, or of
            several images.

    Returns:
        Tensor | list[Tensor]: The rain layer, not negative, not clipped.
        Shape (C, H, W), or one such layer for each of several images.
        Differentiable in noise, theta and kernels.
    """
    if isinstance(factors, Sequence):
        return [render_streaks(one) for one in factors]
    layer: Tensor = streaks(factors.noise, factors.theta, factors.kernels,
                            factors.positions, factors.steps, *factors.size_hw)
    return layer.expand(factors.channels, -1, -1)


def brightness_weights(factors: RainFactors) -> Tensor:
    """How much each entry of the kernels adds to the layer's mean.

    The layer is linear in its kernels, so its mean is their inner product
    with these weights: for each drop, what of the stencil lies inside the
    image. Nothing is rendered.

    Args:
        factors: Factors of an image.

    Returns:
        Not negative, of the shape and type of the kernels.
    """
    kernels, noise = factors.kernels.detach(), factors.noise.detach()
    stencil = mixed_stencil(factors.theta.detach(), factors.steps,
                            factors.size_hw,
                            kernels.shape[1] if factors.is_smooth else None)
    positions, size = factors.positions, stencil.offsets.new_tensor(
        factors.size_hw)
    first, last = stencil.offsets.amin(0), stencil.offsets.amax(0)
    cut = ((positions + first < 0) | (positions + last >= size)).any(1)
    arrived = stencil.basis.sum(1).repeat(len(positions), 1)
    pixels = positions[cut, None] + stencil.offsets
    inside = ((pixels >= 0) & (pixels < size)).all(2)
    with full_precision(noise):
        arrived[cut] = inside.to(arrived) @ stencil.basis.t()
    weights = noise.to(arrived)[:, None] * arrived / math.prod(factors.size_hw)
    if not factors.is_smooth:  # the mean is that of all channels
        weights = (weights / factors.channels)[..., None]
    return weights.expand_as(kernels).to(kernels.dtype)


def render_window(factors: RainFactors,
                  corner: tuple[int, int],
                  size_hw: SizeHW,
                  repeat: bool = True) -> Tensor:
    r"""Render a window of a rain layer, which repeats in both directions.

    Drops outside the window are left out before anything is rendered, so the
    cost is that of the window. Away from the layer's own edges the result is
    the same part of :func:`render_streaks`; across them the rain goes on, so
    a window of any size and place has equally dense rain.

    Args:
        factors: Factors of a layer of any size.
        corner: Row and column of the window's first pixel, in pixels of the
            layer; any integers.
        size_hw: Height and width of the window in pixels.
        repeat: Whether the layer repeats. If not, the result is that part of
            :func:`render_streaks` everywhere in the layer. Defaults to True.

    Returns:
        Rain layer, not negative, not clipped. Shape (C, height, width).

    Raises:
        ValueError: If the window is empty.
    """
    if min(size_hw) < 1:
        raise ValueError('a window must have a positive height and width, '
                         f'but got {tuple(size_hw)}')
    layer_hw = torch.tensor(factors.size_hw)
    shift = factors.theta.detach().cpu().flip(0).double() * layer_hw / 2
    before = shift.clamp(min=0).ceil().long()
    after = (-shift).clamp(min=0).ceil().long()
    canvas_hw = torch.tensor(size_hw) + before + after

    origin = torch.tensor(corner) - before
    device = factors.positions.device
    first = factors.positions - origin.to(device)
    repeats = [1, 1]
    if repeat:
        first = first % layer_hw.to(device)
        repeats = (-(-canvas_hw // layer_hw)).tolist()
    tiles = torch.cartesian_prod(
        torch.arange(repeats[0]), torch.arange(repeats[1])) * layer_hw
    places = first + tiles.to(device)[:, None]
    inside = (places >= 0) & (places < canvas_hw.to(device))
    tile, drop = inside.all(-1).nonzero().unbind(1)

    scale = (layer_hw.double() / canvas_hw).flip(0).to(factors.theta)
    part = factors.replace(
        positions=places[tile, drop],
        noise=factors.noise[drop],
        theta=factors.theta * scale,
        kernels=factors.kernels[drop],
        size_hw=(int(canvas_hw[0]), int(canvas_hw[1])))
    top, left = before.tolist()
    return render_streaks(part)[:, top:top + size_hw[0],
                                left:left + size_hw[1]]
