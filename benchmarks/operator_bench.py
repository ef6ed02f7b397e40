"""Our NMS and RoIAlign beside MMCV's compiled ones, on random numbers.

    python -m benchmarks.operator_bench
"""
from collections.abc import Callable, Sequence
from functools import partial

import mmcv.ops
import torch
from torch import Tensor

from mmadvrain.operators.quick import quick_operators

from .timing import side_by_side

LEVELS = ((2000, 2000, 1014), (400, 400, 400))
REGIONS = ((64, 64, 52), (250, 64, 52), (250, 256, 52), (400, 256, 100))
STRIDE = 8


def _boxes(count: int, side: float, extent: float,
           generator: torch.Generator) -> Tensor:
    centre = torch.rand(count, 2, generator=generator) * extent
    spread = torch.randn(count, 2, generator=generator)
    half = side / 2 * torch.exp(0.4 * spread)
    return torch.cat([centre - half, centre + half], 1).clamp(0, extent)


def _pair(call: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Milliseconds of MMCV's and of ours."""

    def ours() -> None:
        with quick_operators():
            call()

    seconds = side_by_side(dict(mmcv=call, ours=ours), repeats)
    return 1e3 * seconds['mmcv'], 1e3 * seconds['ours']


def nms_cost(counts: Sequence[int], iou: float,
             repeats: int) -> tuple[float, float]:
    """Time of NMS over boxes of several levels, each twice as large.

    Args:
        counts: Boxes of each level.
        iou: Threshold.
        repeats: Rounds.

    Returns:
        Milliseconds of MMCV's and of ours, medians.
    """
    generator = torch.Generator().manual_seed(0)
    boxes = torch.cat([
        _boxes(count, 36. * 2**level, 416., generator) + 417 * level
        for level, count in enumerate(counts)
    ])
    scores = torch.rand(len(boxes), generator=generator)
    return _pair(partial(mmcv.ops.nms, boxes, scores, iou), repeats)


def roi_align_cost(count: int, channels: int, size: int,
                   repeats: int) -> dict[str, tuple[float, float]]:
    """Time of RoIAlign to 7 x 7 bins on one map.

    Args:
        count: Regions.
        channels: Of the map.
        size: Its side.
        repeats: Rounds.

    Returns:
        Milliseconds of MMCV's and of ours, medians, of ``forward`` and of
        ``both`` passes.
    """
    generator = torch.Generator().manual_seed(0)
    maps = torch.randn(1, channels, size, size, generator=generator)
    boxes = _boxes(count, 5. * STRIDE, float(size * STRIDE), generator)
    rois = torch.cat([torch.zeros(count, 1), boxes], 1)
    leaf = maps.requires_grad_()
    weight = torch.randn(count, channels, 7, 7, generator=generator)

    def forward() -> Tensor:
        pooled: Tensor = mmcv.ops.roi_align(leaf, rois, (7, 7), 1 / STRIDE)
        return pooled

    def both() -> None:
        torch.autograd.grad(forward(), leaf, weight)

    return dict(forward=_pair(forward, repeats), both=_pair(both, repeats))


def table(repeats: int = 9) -> str:
    """All of it as Markdown."""
    rows = ['| | MMCV, ms | ours, ms |', '|---|---:|---:|']
    for counts in LEVELS:
        for iou in (0.7, 0.5):
            cost = nms_cost(counts, iou, repeats)
            rows.append(f'| NMS, {sum(counts)} boxes, t = {iou} | '
                        f'{cost[0]:.1f} | {cost[1]:.1f} |')
    for count, channels, size in REGIONS:
        found = roi_align_cost(count, channels, size, repeats)
        for name, cost in found.items():
            rows.append(f'| RoIAlign, {count} regions, {channels} channels, '
                        f'{size} x {size}, {name} | {cost[0]:.1f} | '
                        f'{cost[1]:.1f} |')
    return '\n'.join(rows)


if __name__ == '__main__':
    torch.set_num_threads(1)
    print(table())  # noqa: T201
