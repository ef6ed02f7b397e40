"""Non-maximum suppression with the signature of MMCV's operator."""
import torch
from torch import Tensor

from .torchvision_operators import has_torchvision


def nms(bboxes: Tensor, scores: Tensor, iou_threshold: float,
        offset: int) -> Tensor:
    """Keep boxes that no better box overlaps by more than a threshold.

    Args:
        bboxes: Corners x1, y1, x2, y2. Shape (N, 4).
        scores: Shape (N,).
        iou_threshold: In [0, 1].
        offset: 1 where x2 and y2 are the last pixels, else 0.

    Returns:
        Indices of what is kept, the best first, int64.
    """
    if has_torchvision() and not offset:
        kept: Tensor = torch.ops.torchvision.nms(bboxes, scores, iou_threshold)
        return kept
    return plain_nms(bboxes, scores, iou_threshold, offset)


def plain_nms(bboxes: Tensor, scores: Tensor, iou_threshold: float,
              offset: int) -> Tensor:
    """:func:`nms` in plain torch, on the CPU."""
    order = scores.sort(descending=True, stable=True).indices
    boxes = bboxes.detach()[order].cpu()
    sides = (boxes[:, 2:] - boxes[:, :2] + offset)
    areas = sides.prod(1)
    left = torch.ones(len(boxes), dtype=torch.bool)
    kept = []
    for i in range(len(boxes)):
        if not left[i]:
            continue
        kept.append(i)
        overlap = (torch.minimum(boxes[i, 2:], boxes[i + 1:, 2:]) -
                   torch.maximum(boxes[i, :2], boxes[i + 1:, :2]) +
                   offset).clamp(min=0).prod(1)
        union = areas[i] + areas[i + 1:] - overlap
        left[i + 1:] &= ~(overlap / union > iou_threshold)
    return order[torch.tensor(kept, dtype=torch.long, device=order.device)]
