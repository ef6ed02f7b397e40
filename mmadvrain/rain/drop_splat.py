r"""Anti-aliased streaks of any width and direction, and their gradient.

A drop of width w that moves by L pixels during the exposure is a bar of size
w by w + L, of opacity w / (w + L), so that it covers w^2 pixels for the whole
exposure however long it is. Bar and pixel are convolved with one Gaussian,
the pixel's own and that of the defocus, so the cover of a pixel is a product
of two differences of error functions. Only pixels that a streak reaches are
worked on: row by row along it, or column by column where it is flatter.
"""
import math
from typing import Any, NamedTuple

import torch
from torch import Tensor

from mmadvrain.typing import SizeHW

PIXEL_SIGMA = 0.5
"""Standard deviation, in pixels, of what a pixel sees."""

_REACH = 4.
"""Standard deviations beyond which nothing is drawn."""

_CHUNK = 2**20
"""Pixels of streaks that are in memory at a time."""


class _Drops(NamedTuple):
    centre: Tensor
    motion: Tensor
    width: Tensor
    sigma: Tensor

    def part(self, chunk: slice) -> '_Drops':
        return _Drops(*(value[chunk] for value in self))


class _Layout(NamedTuple):
    """Pixels under streaks, one after the other."""
    drop: Tensor  # (E,), which drop
    row: Tensor  # (E,)
    column: Tensor  # (E,)


def _lengths(motion: Tensor) -> Tensor:
    return motion.square().sum(1).sqrt()


def _falling(motion: Tensor) -> Tensor:
    """Give a drop that stands still a direction, too."""
    return motion + motion.new_tensor([0., 1e-6])


def _ranked(counts: Tensor) -> tuple[Tensor, Tensor]:
    """Owner of each item and its rank, where owner i has counts[i] of them."""
    each = torch.arange(len(counts), device=counts.device)
    owner = each.repeat_interleave(counts)
    start = counts.cumsum(0) - counts
    everyone = torch.arange(len(owner), device=counts.device)
    return owner, everyone - start[owner]


def _lay_out(drops: _Drops, size_hw: SizeHW) -> _Layout:
    """List the pixels of each streak that lie inside the image."""
    centre, motion, width, sigma = drops
    length = _lengths(motion)
    share = motion.abs() / length[:, None]
    steep = share[:, 1] >= share[:, 0]
    # along the axis that the streak follows, and across it
    major = torch.where(steep, 1, 0)[:, None]
    along, across = (x.gather(1, m)[:, 0]
                     for x, m in ((centre, major), (centre, 1 - major)))
    step = motion.gather(1, major)[:, 0]
    lean = torch.where(step.abs() > 1e-6,
                       motion.gather(1, 1 - major)[:, 0] / step,
                       torch.zeros_like(step))
    cosine = share.gather(1, major)[:, 0].clamp(min=0.5)
    margin = _REACH * sigma
    half = (length + width) / 2 * cosine + width / 2 + margin
    first = (along - half).ceil().long()
    count = (along + half).floor().long() - first + 1
    drop, rank = _ranked(count)
    line = first[drop] + rank
    middle = across[drop] + lean[drop] * (line - along[drop])
    reach = ((width / 2 + margin) / cosine)[drop]
    left = (middle - reach).ceil().long()
    spread = (middle + reach).floor().long() - left + 1
    which, rank = _ranked(spread)
    place = left[which] + rank
    drop, line = drop[which], line[which]
    row = torch.where(steep[drop], line, place)
    column = torch.where(steep[drop], place, line)
    inside = (row >= 0) & (row < size_hw[0]) & (column >= 0) & (
        column < size_hw[1])
    return _Layout(drop[inside], row[inside], column[inside])


def _edge(at: Tensor, half: Tensor, scale: Tensor) -> Tensor:
    """A bar from -half to half, convolved with a Gaussian."""
    return (torch.erf((at + half) * scale) - torch.erf(
        (at - half) * scale)) / 2


def _cover(drops: _Drops, layout: _Layout) -> Tensor:
    """Cover of each listed pixel by its drop. Shape (E,)."""
    centre, motion, width, sigma = drops
    length = _lengths(motion)
    table = torch.stack(
        (centre[:, 0], centre[:, 1], motion[:, 0] / length,
         motion[:, 1] / length, width / 2, (width + length) / 2, 1 /
         (math.sqrt(2) * sigma), width / (width + length)), 1)
    x, y, dx, dy, thin, long, scale, opacity = table[layout.drop].unbind(1)
    right, down = layout.column - x, layout.row - y
    return opacity * _edge(right * dx + down * dy, long, scale) * _edge(
        right * dy - down * dx, thin, scale)


def _chunks(drops: _Drops) -> list[slice]:
    """Drops in groups of about as many pixels as fit in memory."""
    _, motion, width, sigma = drops
    sizes = (_lengths(motion) + width +
             2 * _REACH * sigma) * (2 * width + 3 * _REACH * sigma)
    group = (sizes.double().cumsum(0) / _CHUNK).long()
    ends = torch.unique_consecutive(
        group, return_counts=True)[1].cumsum(0).tolist()
    return [slice(a, b) for a, b in zip([0, *ends], ends)]


class _DropCover(torch.autograd.Function):
    """Keeps the drops only; streaks are worked out again for the gradient."""

    @staticmethod
    def forward(ctx: Any, centre: Tensor, motion: Tensor, width: Tensor,
                sigma: Tensor, size_hw: SizeHW) -> Tensor:
        """Add up the cover of all drops."""
        drops = _Drops(centre, motion, width, sigma)
        ctx.save_for_backward(*drops)
        ctx.size_hw = size_hw
        canvas = centre.new_zeros(math.prod(size_hw))
        for part in _chunks(drops):
            some = drops.part(part)
            layout = _lay_out(some, size_hw)
            canvas.index_add_(0, layout.row * size_hw[1] + layout.column,
                              _cover(some, layout))
        return canvas.view(size_hw)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Pull the gradient of the cover back to the drops."""
        drops = _Drops(*ctx.saved_tensors)
        grads: list[list[Tensor]] = []
        for part in _chunks(drops):
            some = _Drops(*(v.detach().requires_grad_()
                            for v in drops.part(part)))
            layout = _lay_out(drops.part(part), ctx.size_hw)
            with torch.enable_grad():
                cover = _cover(some, layout)
            arrived = grad[layout.row, layout.column]
            grads.append(list(torch.autograd.grad(cover, some, arrived)))
        if not grads:
            return (*(torch.zeros_like(v) for v in drops), None)
        return (*(torch.cat(parts) for parts in zip(*grads)), None)


def drop_cover(centre_px: Tensor, motion_px: Tensor, width_px: Tensor,
               sigma_px: Tensor, size_hw: SizeHW) -> Tensor:
    """Share of the exposure for which drops cover each pixel, added up.

    Args:
        centre_px: Middle of each streak as (x, y), pixel centres at whole
            numbers. Shape (P, 2).
        motion_px: How far it moves during the exposure, as (x, y). Shape (P,
            2).
        width_px: Shape (P,).
        sigma_px: Standard deviation of its blur. Shape (P,).
        size_hw: Height and width of the image in pixels.

    Returns:
        Not negative; a drop inside the image adds its width squared in all.
        Shape (H, W). Differentiable once in all tensors. Work and memory grow
        with the pixels under the streaks, not with the image.
    """
    cover: Tensor = _DropCover.apply(  # type: ignore[no-untyped-call]
        centre_px, _falling(motion_px), width_px, sigma_px, size_hw)
    return cover


def drop_gain(image: Tensor, centre_px: Tensor, motion_px: Tensor,
              width_px: Tensor, sigma_px: Tensor) -> Tensor:
    """Inner product of images with the cover of each drop alone.

    Args:
        image: Such as the gradient with respect to the cover. Shape (H, W),
            or (C, H, W).
        centre_px: As for :func:`drop_cover`, as are the others.
        motion_px: Shape (P, 2).
        width_px: Shape (P,).
        sigma_px: Shape (P,).

    Returns:
        Shape (P,), or (C, P).
    """
    drops = _Drops(centre_px, _falling(motion_px), width_px, sigma_px)
    size_hw = (image.shape[-2], image.shape[-1])
    gains = []
    for part in _chunks(drops):
        some = drops.part(part)
        layout = _lay_out(some, size_hw)
        value = _cover(some, layout) * image[..., layout.row, layout.column]
        gains.append(
            value.new_zeros(*image.shape[:-2], len(some.width)).index_add_(
                -1, layout.drop, value))
    return torch.cat(gains, -1) if gains else width_px.new_zeros(
        *image.shape[:-2], 0)
