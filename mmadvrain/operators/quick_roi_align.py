"""RoIAlign on a CPU as products of matrices.

Source: He et al., "Mask R-CNN", 2017; bounds and rounding as in MMCV. Samples
lie on a grid, so bilinear weights are a product of weights by row and by
column: pooled = Wy F Wx^T, with F the part of the feature map below a region.
"""
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

# widths that parts of a map are cut at, so that regions share a product
_WIDTHS = (4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)


class _Group(NamedTuple):
    """Regions whose parts are equally wide.

    ``regions`` (G,) are their numbers, ``columns`` has their weights, shape
    (G, bins, width). Of each region ``rows`` has the weights, shape
    (bins, height), and ``places`` the first value of its part in a map laid
    out as (B, H, W, C).
    """
    regions: Tensor
    columns: Tensor
    rows: list[Tensor]
    places: list[int]


def quick_roi_align(image: Tensor, rois: Tensor, size_hw: tuple[int, int],
                    spatial_scale: float, sampling_ratio: int,
                    aligned: bool) -> Tensor:
    """Average features over a grid of bins in each region.

    Args:
        image: Feature maps. Shape (B, C, H, W).
        rois: Number of the map and corners x1, y1, x2, y2. Shape (N, 5).
        size_hw: Bins down and across.
        spatial_scale: Factor from corners to pixels of the map.
        sampling_ratio: Samples a bin and side; 0 takes one a pixel.
        aligned: Whether pixels have their centres at one half.

    Returns:
        Shape (N, C, *size_hw), without graph.
    """
    channels, (down, across) = image.shape[1], size_hw
    table = image.detach().permute(0, 2, 3, 1).contiguous()
    pooled = image.new_zeros(len(rois), down, across, channels)
    for group in _groups(image.shape, rois, size_hw, spatial_scale,
                         sampling_ratio, aligned):
        count, _, width = group.columns.shape
        rows = image.new_empty(count, down, width * channels)
        for weight, place, out in zip(group.rows, group.places, rows):
            torch.mm(weight, _part(table, place, weight, width), out=out)
        found = torch.bmm(
            _for_rows(group.columns, down),
            rows.view(count * down, width, channels))
        pooled[group.regions] = found.view(count, down, across, channels)
    return pooled.permute(0, 3, 1, 2)


def quick_roi_align_backward(grad: Tensor, rois: Tensor, shape: torch.Size,
                             size_hw: tuple[int, int], spatial_scale: float,
                             sampling_ratio: int, aligned: bool) -> Tensor:
    """Gradient of :func:`quick_roi_align` in the feature maps.

    Regions without any gradient take no time.

    Args:
        grad: With respect to the bins. Shape (N, C, *size_hw).
        rois: See :func:`quick_roi_align`, as all below.
        shape: Of the feature maps.
        size_hw: See above.
        spatial_scale: See above.
        sampling_ratio: See above.
        aligned: See above.

    Returns:
        Shape (B, C, H, W).
    """
    (batch, channels, height, width), (down, across) = shape, size_hw
    table = grad.new_zeros(batch, height, width, channels)
    alive = grad.flatten(1).any(1).nonzero()[:, 0]
    grad = grad[alive].permute(0, 2, 3, 1).contiguous()
    for group in _groups(shape, rois[alive], size_hw, spatial_scale,
                         sampling_ratio, aligned):
        count, _, width = group.columns.shape
        bins = grad[group.regions].view(count * down, across, channels)
        rows = torch.bmm(_for_rows(group.columns.transpose(1, 2), down),
                         bins).view(count, down, width * channels)
        for weight, place, row in zip(group.rows, group.places, rows):
            _part(table, place, weight, width).addmm_(weight.t(), row)
    return table.permute(0, 3, 1, 2)


def _part(table: Tensor, place: int, rows: Tensor, width: int) -> Tensor:
    """View of a part of a map. Shape (height, width * channels)."""
    _, _, whole, channels = table.shape
    return table.as_strided((rows.shape[1], width * channels),
                            (whole * channels, 1), place)


def _for_rows(columns: Tensor, down: int) -> Tensor:
    """The weights of a region once for each row of its bins."""
    return columns[:, None].expand(-1, down, -1, -1).flatten(0, 1)


def _groups(shape: torch.Size, rois: Tensor, size_hw: tuple[int, int],
            spatial_scale: float, sampling_ratio: int,
            aligned: bool) -> Iterator[_Group]:
    """Weights and places of all regions, by the width of their parts."""
    if not len(rois):
        return
    _, channels, height, width = shape
    corners = rois[:, 1:] * spatial_scale - (0.5 if aligned else 0.)
    sides = corners[:, 2:] - corners[:, :2]
    if not aligned:
        sides = sides.clamp(min=1.)
    bins = sides.new_tensor([size_hw[1], size_hw[0]])
    samples = torch.full_like(sides, sampling_ratio)
    if sampling_ratio <= 0:
        samples = (sides / bins).ceil()
    empty = (samples < 1).any(1)
    samples = samples.clamp(min=1)
    x, y = (
        _Axis(corners[:, i], sides[:, i], samples[:, i], int(bins[i]),
              shape[3 - i]) for i in (0, 1))
    y.share = y.share.masked_fill(empty[:, None, None], 0.)
    rows = y.weights(y.first, int(y.extent.max()))
    widths = sides.new_tensor([w for w in _WIDTHS if w < width] + [width])
    wide = widths[torch.bucketize(x.extent, widths)]
    left = torch.minimum(x.first, width - wide)
    places = (((rois[:, 0] * height + y.first).long() * width + left.long()) *
              channels).tolist()
    heights = y.extent.int().tolist()
    for some in _equal(wide):
        at = some.tolist()
        columns = x.weights(left, int(wide[at[0]]), some)
        yield _Group(some, columns, [rows[i, :, :heights[i]] for i in at],
                     [places[i] for i in at])


def _equal(keys: Tensor) -> list[Tensor]:
    """Indices of each value, in the order of values."""
    order = keys.argsort(stable=True)
    counts = keys[order].unique_consecutive(return_counts=True)[1]
    return list(order.split(counts.tolist()))


class _Axis:
    """Where the samples of regions lie in one axis of a map.

    Args:
        start: Of regions, in pixels of the map. Shape (N,).
        side: Shape (N,).
        samples: A bin has so many. Shape (N,).
        bins: How many bins a region has.
        size: Of the map.
    """

    def __init__(self, start: Tensor, side: Tensor, samples: Tensor, bins: int,
                 size: int) -> None:
        start, samples, step = (
            value[:, None, None] for value in (start, samples, side / bins))
        number = torch.arange(int(samples.max()))
        # in MMCV's order of operations, which has the same roundings
        place = start + torch.arange(bins)[:, None] * step + \
            (number + 0.5) * step / samples
        inside = (place >= -1) & (place <= size) & (number < samples)
        place = place.clamp(0, size - 1)
        self.low = place.floor()
        self.part = place - self.low
        self.share = inside / samples
        self.first = self.low.amin((1, 2))
        last = (self.low.amax((1, 2)) + 1).clamp(max=size - 1)
        self.extent = last - self.first + 1

    def weights(self,
                first: Tensor,
                length: int,
                some: Tensor | slice = slice(None)) -> Tensor:
        """What pixels count in a bin.

        Args:
            first: First pixel that is meant. Shape (N,).
            length: How many are.
            some: Of which regions.

        Returns:
            Shape (G, bins, length).
        """
        at = (self.low[some] - first[some, None, None]).long()
        part, share = self.part[some], self.share[some]
        # the last pixel has no next one, which then counts nothing
        found = part.new_zeros(*at.shape[:2], length + 1)
        found.scatter_add_(2, at, (1 - part) * share)
        found.scatter_add_(2, at + 1, part * share)
        return found[..., :length]
