"""Crops of a feature map, resampled to one size."""
import torch
import torch.nn.functional as F
from torch import Tensor


def crop_and_resize(features: Tensor, boxes: Tensor, numbers: Tensor,
                    size: int) -> Tensor:
    r"""Sample boxes at ``size`` times ``size`` points from edge to edge.

    Source: ``tf.image.crop_and_resize``. The point :math:`i` of a row lies at
    :math:`x_1 + i (x_2 - x_1) / (size - 1)` and is interpolated between its
    four neighbours; a point outside the centres of the map's pixels is 0.
    Coordinates are computed in float32 at least.

    Args:
        features: Feature maps. Shape (N, C, H, W).
        boxes: Corners x1, y1, x2, y2 in pixels of the map, whose centres are
            whole numbers. Shape (R, 4).
        numbers: Of the map of each box, int64. Shape (R,).
        size: Points per side, at least 2.

    Returns:
        Shape (R, C, size, size). Gradient reaches the features alone.

    Raises:
        ValueError: If ``size`` is less than 2.
    """
    if size < 2:
        raise ValueError(f'size must be at least 2, but got {size!r}')
    height, width = features.shape[-2:]
    dtype = torch.promote_types(features.dtype, torch.float32)
    boxes = boxes.detach().to(dtype)
    steps = torch.linspace(0, 1, size, dtype=dtype, device=boxes.device)
    x, y = (
        boxes[:, [i]] + steps * (boxes[:, [i + 2]] - boxes[:, [i]])
        for i in (0, 1))
    inside = ((y >= 0) & (y <= height - 1))[:, :, None] & \
        ((x >= 0) & (x <= width - 1))[:, None, :]
    shape = len(boxes), size, size
    grid = torch.stack(
        [(2 * x / max(width - 1, 1) - 1)[:, None, :].expand(shape),
         (2 * y / max(height - 1, 1) - 1)[:, :, None].expand(shape)], -1)
    crops = features.new_zeros(len(boxes), features.shape[1], size, size)
    for number in numbers.unique().tolist():
        some = numbers == number
        # all boxes of a map are rows of one grid
        sampled = F.grid_sample(
            features[[number]].to(dtype),
            grid[some].reshape(1, -1, size, 2),
            padding_mode='border',
            align_corners=True)
        sampled = sampled[0].unflatten(1, (-1, size)).transpose(0, 1)
        crops[some] = sampled.to(features.dtype)
    return crops * inside[:, None]
