"""Where a detector looks, from the scores of its proposals."""
from typing import Tuple

import torch
from torch import Tensor


def attention_map(boxes: Tensor, scores: Tensor,
                  size_hw: Tuple[int, int]) -> Tensor:
    """Sum of the scores of the boxes that cover a pixel, scaled to [0, 1].

    Source: the attention of UEA (Wei et al., IJCAI 2019): the scores of the
    RPN's regions added up over their boxes, then min-max scaled. Differs from
    the released code in: a box covers every pixel that it touches, where the
    code cuts off both ends, so that small boxes vanish on small maps; a flat
    map, as that of no box, is zero instead of NaN.

    Args:
        boxes (Tensor): (x1, y1, x2, y2) in pixels of the map. Shape (N, 4).
        scores (Tensor): Not negative. Shape (N,).
        size_hw (tuple[int, int]): Height and width of the map.

    Returns:
        Tensor: In [0, 1], without graph. Shape (H, W), type of ``scores``.
    """
    height, width = size_hw
    boxes, weights = boxes.detach(), scores.detach().double()
    left = boxes[:, 0].floor().clamp(0, width).long()
    top = boxes[:, 1].floor().clamp(0, height).long()
    right = boxes[:, 2].ceil().clamp(0, width).long()
    bottom = boxes[:, 3].ceil().clamp(0, height).long()
    # the map is the double integral of what happens at the corners
    corners = weights.new_zeros(height + 1, width + 1)
    for rows, columns, sign in ((top, left, 1), (top, right, -1),
                                (bottom, left, -1), (bottom, right, 1)):
        corners.index_put_((rows, columns), sign * weights, accumulate=True)
    total = corners.cumsum(0).cumsum(1)[:height, :width]
    low, high = total.min(), total.max()
    # what cancels out leaves rounding behind
    if float(high - low) <= 1e-9 * float(weights.sum()):
        return torch.zeros_like(total).to(scores.dtype)
    return ((total - low) / (high - low)).to(scores.dtype)
