"""Padding to a multiple and overlapping tiles for large images."""
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor


def pad_to_multiple(image: Tensor, divisor: int) -> Tensor:
    """Repeat the last row and column until both sizes divide.

    Args:
        image: Any range. Shape (N, C, H, W).
        divisor: What the sizes shall be a multiple of, 1 or more.

    Returns:
        The image itself where nothing is to do, else padded at the bottom and
        on the right.
    """
    height, width = image.shape[-2:]
    bottom, right = -height % divisor, -width % divisor
    if not (bottom or right):
        return image
    return F.pad(image, (0, right, 0, bottom), mode='replicate')


def tile_starts(length: int, tile: int, stride: int) -> list[int]:
    """Place tiles along one side; the last one ends where the side ends.

    Args:
        length: Pixels of the side, at least ``tile``.
        tile: Pixels of a tile.
        stride: Pixels between two neighbouring tiles, the last pair excepted,
            which may be closer.

    Returns:
        First pixel of each tile, rising.
    """
    return [*range(0, length - tile, stride), length - tile]


def tile_weights(length: int, tile: int, start: int, overlap: int,
                 trim: int) -> Tensor:
    """Weigh the pixels of one tile along one side.

    At a border that the tile shares with the image the weight is 1. Inside
    the image the first ``trim`` pixels weigh nothing, and the rest of the
    overlap rises linearly, so that two neighbours add up to 1.

    Args:
        length: Pixels of the side of the image.
        tile: Pixels of the tile.
        start: First pixel of the tile.
        overlap: Pixels that neighbouring tiles share.
        trim: Pixels of an inner border that are not to be used, less than half
            the overlap.

    Returns:
        Weights in [0, 1]. Shape (tile, ).
    """
    rise = (torch.arange(tile) + 1 - trim) / (overlap - 2 * trim + 1)
    rise = rise.clamp(0, 1)
    weights = torch.ones(tile)
    if start > 0:
        weights = weights * rise
    if start + tile < length:
        weights = weights * rise.flip(0)
    return weights


def map_tiles(function: Callable[[Tensor],
                                 Tensor], image: Tensor, tile_size: int,
              overlap: int, radius: int | None, divisor: int) -> Tensor:
    """Apply an image-to-image function in overlapping tiles and blend them.

    An output pixel may depend on input pixels up to ``radius`` away. Where
    the overlap is more than twice that, the pixels that miss a part of their
    surroundings weigh nothing, so the result is that of the whole image up to
    rounding. With less overlap the seams are blended, but not exact.

    Args:
        function: Maps (N, C, h, w) to (N, C, h, w).
        image: Its sizes are multiples of ``divisor``. Shape (N, C, H, W).
        tile_size: Height and width of a tile, a multiple of ``divisor``; cut
            to the image where that is smaller.
        overlap: Least number of pixels that neighbours share, less than
            ``tile_size``.
        radius: Reach of the function in pixels; None where it has no end.
        divisor: Tiles start at multiples of it, as a function that pools
            needs.

    Returns:
        Shape (N, C, H, W).
    """
    stride = max((tile_size - overlap) // divisor, 1) * divisor
    overlap = tile_size - stride
    trim = radius if radius is not None and overlap > 2 * radius else 0
    sides = []
    for length in image.shape[-2:]:
        tile = min(tile_size, length)
        sides.append([(slice(start, start + tile),
                       tile_weights(length, tile, start, overlap, trim))
                      for start in tile_starts(length, tile, stride)])
    total = torch.zeros_like(image)
    norm = image.new_zeros(image.shape[-2:])
    for rows, row_weights in sides[0]:
        for columns, column_weights in sides[1]:
            weights = torch.outer(row_weights, column_weights).to(norm)
            out = function(image[..., rows, columns])
            total[..., rows, columns] += out.to(total.dtype) * weights
            norm[rows, columns] += weights
    return total / norm
