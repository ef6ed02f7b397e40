"""Non-maximum suppression with the signature of MMCV's operator."""
import torch
from torch import Tensor

from .sparse_nms import sparse_nms
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
    return sparse_nms(bboxes, scores, iou_threshold, offset, stable=True)
