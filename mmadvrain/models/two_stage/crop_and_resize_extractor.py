"""Regions of a feature map by ``crop_and_resize``."""
from collections.abc import Sequence

import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor

from mmadvrain.functional.crop_and_resize import crop_and_resize
from mmadvrain.registry import MODELS


@MODELS.register_module()
class CropAndResizeExtractor(BaseModule):
    """Regions as tf-faster-rcnn and pytorch-faster-rcnn take them.

    Stands where MMDetection's ``SingleRoIExtractor`` stands. Regions are given
    by their edges, as everywhere in MMDetection. The original counts a last
    pixel as part of a box, so its corner is one less there, and divides it by
    the stride: samples lie from x1 / stride to (x2 - 1) / stride.

    Args:
        out_channels: Channels of the map.
        featmap_strides: The stride of the one map. Defaults to (16, ).
        output_size: Side of what comes out. Defaults to 7.
        max_pool: Whether twice as many points are taken per side, and the
            greatest of each 2x2 kept; the original does so for VGG16 and
            MobileNetV1. Defaults to False.
        init_cfg: Initialisation; there is nothing to. Defaults to None.

    Raises:
        ValueError: If an argument is outside the values above.
    """

    def __init__(self,
                 out_channels: int,
                 featmap_strides: Sequence[int] = (16, ),
                 output_size: int = 7,
                 max_pool: bool = False,
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        if len(featmap_strides) != 1:
            raise ValueError('regions are cropped from one map, but got the '
                             f'strides {featmap_strides!r}')
        if not isinstance(output_size, int) or output_size < 2:
            raise ValueError('output_size must be an int of 2 or more, but '
                             f'got {output_size!r}')
        self.out_channels = out_channels
        self.featmap_strides = list(featmap_strides)
        self.output_size = output_size
        self.max_pool = max_pool

    @property
    def num_inputs(self) -> int:
        """Number of maps, 1."""
        return len(self.featmap_strides)

    def forward(self,
                feats: Sequence[Tensor],
                rois: Tensor,
                roi_scale_factor: float | None = None) -> Tensor:
        """Crop regions.

        Args:
            feats: One map. Shape (N, C, H, W).
            rois: Number of the image and edges x1, y1, x2, y2 in pixels of the
                network's input. Shape (R, 5).
            roi_scale_factor: Not supported.

        Returns:
            Shape (R, C, output_size, output_size).

        Raises:
            ValueError: If regions are to be scaled.
        """
        if roi_scale_factor is not None:
            raise ValueError('regions are cropped as they are, but got '
                             f'roi_scale_factor={roi_scale_factor}')
        last = rois[:, 1:] - rois.new_tensor([0., 0., 1., 1.])
        crops = crop_and_resize(feats[0], last / self.featmap_strides[0],
                                rois[:, 0].long(),
                                self.output_size * (1 + self.max_pool))
        return F.max_pool2d(crops, 2) if self.max_pool else crops
