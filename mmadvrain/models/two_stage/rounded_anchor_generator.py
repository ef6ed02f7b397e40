"""Anchors of py-faster-rcnn."""
import torch
from mmdet.models.task_modules.prior_generators import AnchorGenerator
from torch import Tensor

from mmadvrain.registry import TASK_UTILS


@TASK_UTILS.register_module()
class RoundedAnchorGenerator(AnchorGenerator):
    """Anchors whose sides at scale 1 are whole pixels, as in py-faster-rcnn.

    There, width and then height of each ratio are rounded before they are
    multiplied by the scales: 23x12, 16x16 and 11x22 for a stride of 16.
    Anchors are given by their edges, as everywhere in MMDetection;
    py-faster-rcnn lists their last pixels, whose coordinates are one less.

    Args:
        **kwargs: Of ``mmdet``'s ``AnchorGenerator``. ``center_offset=0.5``
            lays anchors around the centre of the cell, as in py-faster-rcnn.
    """

    def gen_single_level_base_anchors(
            self,
            base_size: float,
            scales: Tensor,
            ratios: Tensor,
            center: tuple[float, float] | None = None) -> Tensor:
        """Anchors of the first cell.

        Args:
            base_size: Side at scale 1 and ratio 1, the stride.
            scales: Shape (S,).
            ratios: Height by width. Shape (A,).
            center: x and y of the centre. Defaults to None: as the offset of
                the centre says.

        Returns:
            Edges x1, y1, x2, y2, ratio by ratio. Shape (A * S, 4).
        """
        if center is None:
            center = (self.center_offset * base_size, ) * 2
        widths = (base_size**2 / ratios).sqrt().round()
        heights = (widths * ratios).round()
        halves = torch.stack([widths, heights], -1)[:, None] / 2
        halves = (halves * scales[:, None]).flatten(0, 1)
        middle = halves.new_tensor(center)
        return torch.cat([middle - halves, middle + halves], -1)
