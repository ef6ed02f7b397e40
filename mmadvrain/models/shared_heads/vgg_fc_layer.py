"""The fully connected layers of VGG, run on each region."""
from typing import Any, Optional, Sequence, Union

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmadvrain.registry import MODELS
from ..utils import adopt_published, vgg_fc_from_published


@MODELS.register_module()
class VGGFCLayer(BaseModule):
    """The layers fc6 and fc7 of VGG as the shared head of a RoI head.

    Source: pytorch-faster-rcnn, which crops 14x14, takes the maximum over 2x2
    and feeds the 7x7 map to the two fully connected layers of the ImageNet
    classifier, each followed by ReLU and dropout. Takes the same ImageNet
    files as :class:`VGG`, other than OpenMMLab's, which lacks fc6 and fc7.

    Args:
        in_channels (int): Channels of the pooled regions. Defaults to 512.
        out_channels (int): Outputs of fc6 and of fc7. Defaults to 4096.
        roi_feat_size (int): Side of the map that fc6 sees. Defaults to 7.
        with_pool (bool): Whether regions are cropped at twice this size and
            pooled. Defaults to True.
        dropout (float): Probability to drop an output in training, in
            [0, 1). Defaults to 0.5.
        init_cfg (dict | list[dict], optional): Initialisation. Defaults to
            None, which means Xavier.

    Raises:
        ValueError: If an argument is outside the values above.
    """

    def __init__(
            self,
            in_channels: int = 512,
            out_channels: int = 4096,
            roi_feat_size: int = 7,
            with_pool: bool = True,
            dropout: float = 0.5,
            init_cfg: Optional[Union[dict, Sequence[dict]]] = None) -> None:
        sizes = dict(
            in_channels=in_channels,
            out_channels=out_channels,
            roi_feat_size=roi_feat_size)
        for name, value in sizes.items():
            if not isinstance(value, int) or value < 1:
                raise ValueError(f'{name} must be a positive int, but got '
                                 f'{value!r}')
        if not 0 <= dropout < 1:
            raise ValueError(f'dropout must be in [0, 1), but got {dropout!r}')
        super().__init__(
            init_cfg
            or dict(type='Xavier', layer='Linear', distribution='uniform'))
        self.with_pool = with_pool
        self.dropout = dropout
        self.fc6 = nn.Linear(in_channels * roi_feat_size**2, out_channels)
        self.fc7 = nn.Linear(out_channels, out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """Compute fc7.

        Args:
            x (Tensor): Cropped regions. Shape (R, in_channels, S, S), where S
                is ``roi_feat_size``, twice that if ``with_pool``.

        Returns:
            Tensor: Shape (R, out_channels, 1, 1), not negative.
        """
        if self.with_pool:
            x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        for layer in (self.fc6, self.fc7):
            x = F.dropout(F.relu(layer(x)), self.dropout, self.training)
        return x[:, :, None, None]

    def _load_from_state_dict(self, state_dict: dict, prefix: str, *args: Any,
                              **kwargs: Any) -> None:
        """Load, renaming what a published classifier calls otherwise."""
        adopt_published(self, state_dict, prefix, vgg_fc_from_published)
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
