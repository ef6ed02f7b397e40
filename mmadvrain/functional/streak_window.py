"""Part of a rain layer, without rendering the rest of it."""
from typing import TYPE_CHECKING, Tuple

import torch
from torch import Tensor

from .streaks import render_streaks

if TYPE_CHECKING:
    from mmadvrain.structures import RainFactors


def render_window(factors: 'RainFactors',
                  corner: Tuple[int, int],
                  size_hw: Tuple[int, int],
                  repeat: bool = True) -> Tensor:
    r"""Render a window of a rain layer, which repeats in both directions.

    Drops outside the window are left out before anything is rendered, so the
    cost is that of the window. Away from the layer's own edges the result is
    the same part of :func:`render_streaks`; across them the rain goes on, so
    a window of any size and place has equally dense rain.

    Args:
        factors (RainFactors): Factors of a layer of any size.
        corner (tuple[int, int]): Row and column of the window's first pixel,
            in pixels of the layer; any integers.
        size_hw (tuple[int, int]): Height and width of the window in pixels.
        repeat (bool): Whether the layer repeats. If not, the result is that
            part of :func:`render_streaks` everywhere in the layer. Defaults
            to True.

    Returns:
        Tensor: Rain layer, not negative, not clipped. Shape (C, height,
        width).

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
        size_hw=tuple(canvas_hw.tolist()))
    top, left = before.tolist()
    return render_streaks(part)[:, top:top + size_hw[0],
                                left:left + size_hw[1]]
