"""Non-maximum suppression by the few pairs of boxes that overlap enough."""
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

_Floats: TypeAlias = np.ndarray
_Pairs: TypeAlias = tuple[np.ndarray, np.ndarray]

# of a side: more than all roundings of an overlap together
_SLACK = 1e-5
# pairs that are looked at together, which bounds memory
_CHUNK = 2**20


def sparse_nms(bboxes: Tensor,
               scores: Tensor,
               iou_threshold: float,
               offset: int,
               stable: bool = False) -> Tensor:
    """Keep boxes that no better box overlaps by more than a threshold.

    The same indices as a walk through all pairs in the order of scores, with
    the same roundings. Two boxes overlap by more than t only if their starts
    differ by at most (1 - t) of a side in each axis, so of boxes sorted by
    their starts few pairs are left.

    Args:
        bboxes: Corners x1, y1, x2, y2, finite. Shape (N, 4).
        scores: Shape (N,).
        iou_threshold: In [0, 1].
        offset: 1 where x2 and y2 are the last pixels, else 0.
        stable: Whether the first of equal scores comes first; otherwise they
            come as PyTorch's sort has them, as in MMCV. Defaults to False.

    Returns:
        Indices of what is kept, the best first, int64.
    """
    order = scores.sort(dim=0, descending=True, stable=stable).indices
    if len(order) < 2:
        return order
    boxes = bboxes.detach()[order].float().cpu().numpy()
    starts = np.ascontiguousarray(boxes[:, :2].T)
    ends = np.ascontiguousarray(boxes[:, 2:].T)
    better, worse = _overlapping(starts, ends, np.float32(iou_threshold),
                                 np.float32(offset))
    lost = torch.from_numpy(_suppressed(better, worse, len(boxes)))
    return order[~lost.to(order.device)]


def _overlapping(starts: _Floats, ends: _Floats, threshold: np.float32,
                 offset: np.float32) -> _Pairs:
    """Pairs of ranks, the better first, that overlap by more."""
    sides = ends - starts + offset
    areas = sides[0] * sides[1]
    # a box reaches the starts of those that it may overlap enough
    reach = starts.astype(
        np.float64) + np.maximum(sides, 0) * (1 - float(threshold) + _SLACK)
    sweeps = [_sweep(starts[axis], reach[axis]) for axis in (0, 1)]
    axis = int(sweeps[0][1].sum() > sweeps[1][1].sum())
    by, counts = sweeps[axis]
    start, far = starts[1 - axis, by], reach[1 - axis, by]
    found = []
    for first, last in _chunks(counts):
        some = counts[first:last]
        stops = np.cumsum(some)
        after = np.arange(first + 1, last + 1) - stops + some
        other = np.arange(stops[-1]) + np.repeat(after, some)
        near = start[other] <= np.repeat(far[first:last], some)
        near &= np.repeat(start[first:last], some) <= far[other]
        pair = near.nonzero()[0]
        one = by[np.searchsorted(stops, pair, side='right') + first]
        two = by[other[pair]]
        better, worse = np.minimum(one, two), np.maximum(one, two)
        inner = (
            np.minimum(ends[:, better], ends[:, worse]) -
            np.maximum(starts[:, better], starts[:, worse]) + offset)
        meet = (inner > 0).all(0).nonzero()[0]
        better, worse = better[meet], worse[meet]
        inner = inner[:, meet]
        common = inner[0] * inner[1]
        share = common / (areas[better] + areas[worse] - common)
        enough = share > threshold
        found.append((better[enough], worse[enough]))
    better, worse = (np.concatenate(part) for part in zip(*found))
    return better, worse


def _sweep(start: _Floats, reach: _Floats) -> _Pairs:
    """Order by start, and how many of the next each one reaches."""
    by = start.argsort(kind='stable')
    last = np.searchsorted(start[by], reach[by], side='right')
    return by, np.maximum(last - np.arange(1, len(by) + 1), 0)


def _chunks(counts: np.ndarray) -> list[tuple[int, int]]:
    """Ranges of boxes with a bounded number of pairs, or of one box."""
    cuts, held = [0], 0
    if counts.sum() > _CHUNK:
        for i, count in enumerate(counts.tolist()):
            if held and held + count > _CHUNK:
                cuts, held = [*cuts, i], 0
            held += count
    return list(zip(cuts, [*cuts[1:], len(counts)]))


def _suppressed(better: np.ndarray, worse: np.ndarray,
                count: int) -> np.ndarray:
    """Which boxes lose, given all pairs of which the worse may.

    Whoever stands below nobody in what is left is kept, and all below it
    lose; as many rounds as the longest chain is long.
    """
    lost = np.zeros(count, bool)
    while len(better):
        below = np.zeros(count, bool)
        below[worse] = True
        lost[worse[~below[better]]] = True
        left = ~(lost[better] | lost[worse])
        better, worse = better[left], worse[left]
    return lost
