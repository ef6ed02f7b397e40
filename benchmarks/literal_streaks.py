"""Eq. (1) as it is written, the reference that ours is timed against."""
import torch
import torch.nn.functional as F
from torch import Tensor

from mmadvrain.rain.factors import RainFactors


def literal_streaks(factors: RainFactors) -> Tensor:
    """One full-image transform for each exposure step, added up.

    Args:
        factors: Factors of an image.

    Returns:
        The layer of :func:`mmadvrain.rain.streaks.render_streaks`, to
        rounding. Shape (C, H, W).
    """
    height, width = factors.size_hw
    channels, steps = factors.channels, factors.steps
    kernels = factors.expanded_kernels()
    index = factors.positions[:, 0] * width + factors.positions[:, 1]
    layer = kernels.new_zeros(1, channels, height, width)
    for i in range(steps + 1):
        drops = kernels.new_zeros(channels, height * width).index_add(
            1, index, (factors.noise[:, None] * kernels[:, i]).t())
        shift = factors.theta * i / max(steps, 1)
        # affine_grid says where a pixel comes from: against the motion
        matrix = torch.cat((torch.eye(2).to(shift), -shift[:, None]), 1)
        grid = F.affine_grid(
            matrix[None], list(layer.shape), align_corners=False)
        layer = layer + F.grid_sample(
            drops.view_as(layer),
            grid,
            mode='bilinear',
            padding_mode='zeros',
            align_corners=False)
    return layer[0]
