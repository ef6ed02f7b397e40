"""VGG without its last pooling, for detectors of stride 16."""
from collections.abc import Sequence

import mmcv.cnn
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmadvrain.registry import MODELS

from .published import (
    PublishedModule,
    check_out_indices,
    default_init,
    freeze,
    vgg_fc_from_published,
    vgg_features_from_published,
)


@MODELS.register_module()
class VGG(PublishedModule):
    """VGG (https://arxiv.org/abs/1409.1556) up to conv5_3, without pool5.

    Layers are those of :class:`mmcv.cnn.VGG`. Differs from it in that a stage
    gives its last activation (``relu5_3``), not the pooled map, and in that
    nothing above the last output is built. The convolutions keep torchvision's
    names, ``features.N``, so these ImageNet weights load as they are, by
    ``init_cfg=dict(type='Pretrained', checkpoint=...)``:

    - ``https://web.eecs.umich.edu/~justincj/models/vgg16-00b39a1b.pth``,
      converted from the authors' Caffe model by jcjohnson/pytorch-vgg, with
      which pytorch-faster-rcnn starts its training; holds fc6 and fc7. Input
      BGR in [0, 255] less the mean (103.939, 116.779, 123.68).
    - ``open-mmlab://vgg16_caffe``
      (``https://download.openmmlab.com/pretrain/third_party/``
      ``vgg16_caffe-292e1171.pth``): the same convolutions as MMDetection's
      SSD uses them (RGB, less the mean), with SSD's layers in place of fc6
      and fc7.
    - ``https://download.pytorch.org/models/vgg16-397923af.pth``,
      torchvision's. Input RGB in [0, 1], normalised by mean and std.

    Strides of the five stages: 1, 2, 4, 8, 16; channels: 64, 128, 256, 512,
    512.

    Args:
        depth: 11, 13, 16 or 19. Defaults to 16.
        with_bn: Whether a batch normalisation follows each convolution.
            Defaults to False.
        out_indices: Stages to return, from 0 to 4, rising. Defaults to (4, ).
        frozen_stages: conv1 to conv{frozen_stages} are not trained; 2 in
            pytorch-faster-rcnn. -1 and 0 freeze nothing. Defaults to -1.
        norm_eval: Whether batch normalisation uses its running statistics in
            training, too. Defaults to False.
        init_cfg: Initialisation. Defaults to None, which means Kaiming.

    Raises:
        ValueError: If an argument is outside the values above.
        TypeError: If ``out_indices`` is not a sequence of int.
    """
    from_published = staticmethod(vgg_features_from_published)

    def __init__(self,
                 depth: int = 16,
                 with_bn: bool = False,
                 out_indices: Sequence[int] = (4, ),
                 frozen_stages: int = -1,
                 norm_eval: bool = False,
                 init_cfg: dict | Sequence[dict] | None = None) -> None:
        depths = tuple(mmcv.cnn.VGG.arch_settings)
        if depth not in depths:
            raise ValueError(f'depth must be one of {depths}, but got '
                             f'{depth!r}')
        check_out_indices(out_indices, 5)
        if frozen_stages not in range(-1, 6):
            raise ValueError('frozen_stages must be from -1 to 5, but got '
                             f'{frozen_stages!r}')
        super().__init__(default_init() if init_cfg is None else init_cfg)
        self.out_indices = tuple(out_indices)
        self.frozen_stages = frozen_stages
        self.norm_eval = norm_eval
        stages = out_indices[-1] + 1
        self.features = mmcv.cnn.VGG(
            depth,
            with_bn,
            num_stages=stages,
            dilations=(1, ) * stages,
            out_indices=(0, ),
            with_last_pool=False).features
        self.freeze_parts()

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Compute the wanted stages.

        Args:
            x: Images. Shape (N, 3, H, W).

        Returns:
            One map per entry of ``out_indices``, of shape (N, C, H // stride,
            W // stride), not negative.
        """
        stages = []
        for layer in self.features:
            if isinstance(layer, nn.MaxPool2d):
                stages.append(x)
            x = layer(x)
        stages.append(x)
        return tuple(stages[i] for i in self.out_indices)

    def freeze_parts(self) -> None:
        """Freeze the first stages, as many as are built."""
        stage = 1
        for layer in self.features:
            stage += isinstance(layer, nn.MaxPool2d)
            if stage <= self.frozen_stages:
                freeze([layer])


@MODELS.register_module()
class VGGFCLayer(PublishedModule):
    """The layers fc6 and fc7 of VGG as the shared head of a RoI head.

    Source: pytorch-faster-rcnn, which feeds regions of 7x7 to the two fully
    connected layers of the ImageNet classifier, each followed by ReLU and
    dropout. Takes the same ImageNet
    files as :class:`VGG`, other than OpenMMLab's, which lacks fc6 and fc7.

    Args:
        in_channels: Channels of the pooled regions. Defaults to 512.
        out_channels: Outputs of fc6 and of fc7. Defaults to 4096.
        roi_feat_size: Side of the map that fc6 sees. Defaults to 7.
        dropout: Probability to drop an output in training, in [0, 1). Defaults
            to 0.5.
        init_cfg: Initialisation. Defaults to None, which means Xavier.

    Raises:
        ValueError: If an argument is outside the values above.
    """
    from_published = staticmethod(vgg_fc_from_published)

    def __init__(self,
                 in_channels: int = 512,
                 out_channels: int = 4096,
                 roi_feat_size: int = 7,
                 dropout: float = 0.5,
                 init_cfg: dict | Sequence[dict] | None = None) -> None:
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
        self.dropout = dropout
        self.fc6 = nn.Linear(in_channels * roi_feat_size**2, out_channels)
        self.fc7 = nn.Linear(out_channels, out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """Compute fc7.

        Args:
            x: Regions. Shape (R, in_channels, S, S), where S is
                ``roi_feat_size``.

        Returns:
            Shape (R, out_channels, 1, 1), not negative.
        """
        x = torch.flatten(x, 1)
        for layer in (self.fc6, self.fc7):
            x = F.dropout(F.relu(layer(x)), self.dropout, self.training)
        return x[:, :, None, None]
