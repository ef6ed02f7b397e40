"""Offsets of boxes as py-faster-rcnn decodes them."""
from collections.abc import Sequence
from typing import Any

import torch
from mmdet.models.task_modules.coders import DeltaXYWHBBoxCoder
from mmdet.structures.bbox import BaseBoxes
from torch import Tensor

from mmadvrain.registry import TASK_UTILS

# sides are bounded where MMDetection bounds them by 16 / 1000: not at all, but
# for what float32 can hold
_NO_CLIP = 1e-20


@TASK_UTILS.register_module()
class InclusiveBBoxCoder(DeltaXYWHBBoxCoder):
    r"""The coder of py-faster-rcnn, for boxes that are given by their edges.

    In py-faster-rcnn x2 is the last pixel of a box, so :math:`w = x_2 - x_1 +
    1` and :math:`c = x_1 + w / 2`, and offsets mean what they mean in
    MMDetection. But decoding sets :math:`x_2 = c + w / 2`, which is an edge,
    and not :math:`c + w / 2 - 1`: decoded boxes are one pixel wider and
    higher. Detectors are trained on and with that. By edges, :math:`x_2 = c +
    w / 2 + 1`.

    Boxes are clipped to whole pixels that exist: at least one is left. The
    change of a side is not bounded, where MMDetection bounds it by default.

    Args:
        **kwargs: Of ``mmdet``'s ``DeltaXYWHBBoxCoder``.
    """

    def decode(self,
               bboxes: Tensor | BaseBoxes,
               pred_bboxes: Tensor,
               max_shape: Sequence[int] | None = None,
               wh_ratio_clip: float | None = _NO_CLIP) -> Tensor:
        """Apply offsets to boxes.

        Args:
            bboxes: Edges x1, y1, x2, y2. Shape (N, 4).
            pred_bboxes: Offsets, of one or of several classes. Shape (N, K *
                4).
            max_shape: Height and width to clip to. Defaults to None: boxes
                are not clipped.
            wh_ratio_clip: As in MMDetection. Defaults to 1e-20.

        Returns:
            Edges. Shape (N, K * 4).
        """
        boxes = super().decode(bboxes, pred_bboxes, None, wh_ratio_clip)
        corners = boxes.unflatten(-1, (-1, 2, 2))
        first, edge = corners[..., 0, :], corners[..., 1, :] + 1
        if max_shape is not None and self.clip_border:
            size: Any = boxes.new_tensor([max_shape[1], max_shape[0]])
            first = torch.minimum(first.clamp(min=0), size - 1)
            edge = torch.minimum(edge.clamp(min=1), size)
        return torch.stack([first, edge], -2).flatten(-3)
