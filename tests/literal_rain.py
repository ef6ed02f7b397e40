"""Eq. (1) of the paper as it is written, and factors to try it on."""

import torch
import torch.nn.functional as F
from torch import Tensor

from mmadvrain.rain.factors import RainFactors


def literal_streaks(factors: RainFactors) -> Tensor:
    """One full-image transform for each exposure step, added up."""
    height, width = factors.size_hw
    channels, steps = factors.channels, factors.steps
    kernels = factors.expanded_kernels()
    rows, columns = factors.positions.t()
    layer = kernels.new_zeros(1, channels, height, width)
    for i in range(steps + 1):
        index = (torch.arange(channels)[:, None], rows[None], columns[None])
        drops = kernels.new_zeros(channels, height, width).index_put(
            index, (factors.noise[:, None] * kernels[:, i]).t(),
            accumulate=True)
        shift = factors.theta * i / max(steps, 1)
        # affine_grid says where a pixel comes from: against the motion
        matrix = torch.cat((torch.eye(2).to(shift), -shift[:, None]), 1)
        grid = F.affine_grid(
            matrix[None], list(layer.shape), align_corners=False)
        layer = layer + F.grid_sample(
            drops[None],
            grid,
            mode='bilinear',
            padding_mode='zeros',
            align_corners=False)
    return layer[0]


def some_factors(size_hw: tuple[int, int] = (12, 17),
                 drops: int = 9,
                 theta: tuple[float, float] = (0.123, 0.187),
                 steps: int = 4,
                 knots: int | None = None,
                 channels: int = 3,
                 dtype: torch.dtype = torch.float64,
                 seed: int = 0,
                 **options) -> RainFactors:
    """Factors inside the paper's bounds, at distinct positions."""
    generator = torch.Generator().manual_seed(seed)

    def rand(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator, dtype=torch.float64)

    area = size_hw[0] * size_hw[1]
    place = torch.randperm(area, generator=generator)[:drops]
    shape = (steps + 1, channels) if knots is None else (knots, )
    factors = RainFactors(
        torch.stack((place // size_hw[1], place % size_hw[1]), 1),
        0.7 + 0.3 * rand(drops),
        torch.tensor(theta, dtype=torch.float64),
        0.3 * rand(drops, *shape),
        size_hw,
        steps=steps,
        channels=channels,
        **options)
    return factors.to(dtype)
