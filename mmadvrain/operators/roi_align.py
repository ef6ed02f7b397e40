"""RoIAlign with the signatures of MMCV's operators."""
import torch
from torch import Tensor
from torch.nn import functional

from .torchvision_operators import has_torchvision


def roi_align_forward(image: Tensor, rois: Tensor, output: Tensor,
                      argmax_y: Tensor, argmax_x: Tensor, *,
                      aligned_height: int, aligned_width: int,
                      spatial_scale: float, sampling_ratio: int,
                      pool_mode: int, aligned: bool) -> None:
    """Average features over a grid of bins in each region.

    Args:
        image: Feature maps. Shape (B, C, H, W).
        rois: Number of the map and corners x1, y1, x2, y2. Shape (N, 5).
        output: Is filled. Shape (N, C, aligned_height, aligned_width).
        argmax_y: Not used by averages.
        argmax_x: Not used by averages.
        aligned_height: Bins down.
        aligned_width: Bins across.
        spatial_scale: Factor from corners to pixels of the map.
        sampling_ratio: Samples a bin and side; 0 takes one a pixel.
        pool_mode: 1, the average.
        aligned: Whether pixels have their centres at one half.

    Raises:
        NotImplementedError: If the mode is not the average.
    """
    _check(pool_mode)
    size_hw = aligned_height, aligned_width
    if has_torchvision():
        pooled = torch.ops.torchvision.roi_align(image, rois, spatial_scale,
                                                 *size_hw, sampling_ratio,
                                                 aligned)
    else:
        pooled = plain_roi_align(image, rois, size_hw, spatial_scale,
                                 sampling_ratio, aligned)
    output.copy_(pooled)


def roi_align_backward(grad_output: Tensor, rois: Tensor, argmax_y: Tensor,
                       argmax_x: Tensor, grad_input: Tensor, *,
                       aligned_height: int, aligned_width: int,
                       spatial_scale: float, sampling_ratio: int,
                       pool_mode: int, aligned: bool) -> None:
    """Gradient of :func:`roi_align_forward` in the feature maps.

    Args:
        grad_output: With respect to the bins.
        rois: See :func:`roi_align_forward`, as all others.
        argmax_y: See above.
        argmax_x: See above.
        grad_input: Is filled. Shape (B, C, H, W).
        aligned_height: See above.
        aligned_width: See above.
        spatial_scale: See above.
        sampling_ratio: See above.
        pool_mode: See above.
        aligned: See above.
    """
    _check(pool_mode)
    size_hw = aligned_height, aligned_width
    if has_torchvision():
        grad = torch.ops.torchvision._roi_align_backward(
            grad_output.contiguous(), rois, spatial_scale, *size_hw,
            *grad_input.shape, sampling_ratio, aligned)
    else:
        with torch.enable_grad():
            zeros = torch.zeros_like(grad_input).requires_grad_()
            pooled = plain_roi_align(zeros, rois, size_hw, spatial_scale,
                                     sampling_ratio, aligned)
            grad, = torch.autograd.grad(pooled, zeros, grad_output)
    grad_input.copy_(grad)


def _check(pool_mode: int) -> None:
    if pool_mode != 1:
        raise NotImplementedError(
            'RoIAlign by the maximum wants compiled operators of mmcv, which '
            'is installed without')


def plain_roi_align(image: Tensor, rois: Tensor, size_hw: tuple[int, int],
                    spatial_scale: float, sampling_ratio: int,
                    aligned: bool) -> Tensor:
    """RoIAlign in plain torch, differentiable in the feature maps.

    Source: He et al., "Mask R-CNN", 2017; bounds and rounding as in MMCV.
    Every bin is a weighted sum of pixels, a bag of an embedding whose rows
    are the pixels.

    Args:
        image: Feature maps. Shape (B, C, H, W).
        rois: Shape (N, 5).
        size_hw: Bins down and across.
        spatial_scale: Factor from corners to pixels of the map.
        sampling_ratio: Samples a bin and side; 0 takes one a pixel.
        aligned: Whether pixels have their centres at one half.

    Returns:
        Shape (N, C, *size_hw).
    """
    batch, channels, height, width = image.shape
    table = image.permute(0, 2, 3, 1).reshape(-1, channels)
    corners = rois[:, 1:].to(image.dtype) * spatial_scale - aligned / 2
    sides = corners[:, 2:] - corners[:, :2]
    if not aligned:
        sides = sides.clamp(min=1.)
    bins = torch.tensor([size_hw[1], size_hw[0]], device=image.device)
    samples = torch.full_like(sides, sampling_ratio)
    if sampling_ratio <= 0:
        samples = (sides / bins).ceil()
    empty = (samples < 1).any(1)
    samples = samples.clamp(min=1)
    pooled = image.new_zeros(len(rois), *size_hw, channels)
    for across, down in samples.unique(dim=0).int().tolist():
        some = (samples == samples.new_tensor([across, down])).all(1)
        rows = _ticks(corners[some, 1], sides[some, 1], size_hw[0], down,
                      height)
        columns = _ticks(corners[some, 0], sides[some, 0], size_hw[1], across,
                         width)
        index = (rois[some, 0].long()[:, None, None, None, None] * height +
                 rows[0][:, :, None, :, None]) * width + \
            columns[0][:, None, :, None, :]
        weight = rows[1][:, :, None, :, None] * columns[1][:, None, :, None, :]
        shape = index.shape
        pooled[some] = functional.embedding_bag(
            index.reshape(-1, shape[3] * shape[4]),
            table,
            mode='sum',
            per_sample_weights=weight.reshape(-1, shape[3] * shape[4])).view(
                *shape[:3], channels)
    pooled = pooled.masked_fill(empty[:, None, None, None], 0.)
    return pooled.permute(0, 3, 1, 2)


def _ticks(start: Tensor, side: Tensor, bins: int, samples: int,
           size: int) -> tuple[Tensor, Tensor]:
    """Pixels of one axis that a bin is made of, and their shares.

    Args:
        start: Shape (N,).
        side: Shape (N,).
        bins: Number of bins.
        samples: Samples a bin.
        size: Pixels of the axis.

    Returns:
        Indices and weights. Shape (N, bins, 2 * samples).
    """
    step = torch.arange(bins * samples, device=start.device).add(0.5) / samples
    place = start[:, None] + step.to(start.dtype) * (side / bins)[:, None]
    inside = (place >= -1) & (place <= size)
    place = place.clamp(0, size - 1)
    low = place.floor().clamp(max=size - 1)
    high = (low + 1).clamp(max=size - 1)
    part = place - low
    share = inside.to(place.dtype) / samples
    index = torch.stack([low, high], -1).long()
    weight = torch.stack([(1 - part) * share, part * share], -1)
    shape = len(start), bins, 2 * samples
    return index.reshape(shape), weight.reshape(shape)
