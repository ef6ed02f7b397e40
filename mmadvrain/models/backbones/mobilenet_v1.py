"""The building block of MobileNetV1."""
from collections import OrderedDict
from collections.abc import Sequence

from torch import Tensor, nn

from mmadvrain.registry import MODELS

from .published import (
    PublishedModule,
    check_out_indices,
    default_init,
    freeze,
    mobilenet_v1_from_published,
    norm_layers,
)


def conv_norm_relu6(in_channels: int,
                    out_channels: int,
                    kernel_size: int = 3,
                    stride: int = 1,
                    groups: int = 1,
                    norm_eps: float = 1e-3) -> nn.Sequential:
    """Build convolution, batch normalisation and ReLU6, in this order.

    The padding is ``kernel_size // 2`` on each side at any stride, as in the
    Faster R-CNN of tf-faster-rcnn (its ``conv2d_same``). TF-slim's ImageNet
    classifier pads even sizes at stride 2 only below and on the right.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        kernel_size: Side of the kernel in pixels. Defaults to 3.
        stride: Stride in pixels. Defaults to 1.
        groups: Groups of the convolution. Defaults to 1.
        norm_eps: Added to the variance. Defaults to 1e-3.

    Returns:
        Submodules ``conv``, ``norm`` and ``act``.
    """
    return nn.Sequential(
        OrderedDict(
            conv=nn.Conv2d(
                in_channels,
                out_channels,
                kernel_size,
                stride,
                kernel_size // 2,
                groups=groups,
                bias=False),
            norm=nn.BatchNorm2d(out_channels, eps=norm_eps, momentum=0.01),
            act=nn.ReLU6(inplace=True)))


class DepthwiseSeparable(nn.Module):
    """A depthwise 3x3 convolution followed by a pointwise one.

    Source: MobileNets (https://arxiv.org/abs/1704.04861), section 3.1.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        stride: Stride of the depthwise convolution. Defaults to 1.
        norm_eps: Added to the variance. Defaults to 1e-3.
    """

    def __init__(self,
                 in_channels: int,
                 out_channels: int,
                 stride: int = 1,
                 norm_eps: float = 1e-3) -> None:
        super().__init__()
        self.depthwise = conv_norm_relu6(
            in_channels,
            in_channels,
            stride=stride,
            groups=in_channels,
            norm_eps=norm_eps)
        self.pointwise = conv_norm_relu6(
            in_channels, out_channels, kernel_size=1, norm_eps=norm_eps)

    def forward(self, x: Tensor) -> Tensor:
        """Filter each channel, then mix the channels.

        Args:
            x: Shape (N, in_channels, H, W).

        Returns:
            Shape (N, out_channels, ceil(H / stride), ceil(W / stride)), values
            in [0, 6].
        """
        return self.pointwise(self.depthwise(x))


# channels and stride of block1 to block13, at width 1
BLOCKS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1),
          (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1))


def scaled_channels(channels: int, widen_factor: float) -> int:
    """Scale a number of channels as TF-slim does: rounded down, at least 8.

    Args:
        channels: Channels at width 1.
        widen_factor: The width multiplier.

    Returns:
        Channels at this width.
    """
    return max(int(channels * widen_factor), 8)


@MODELS.register_module()
class MobileNetV1(PublishedModule):
    """MobileNetV1 (https://arxiv.org/abs/1704.04861) as a backbone.

    Layer 0 is a 3x3 convolution of stride 2, layers 1 to 13 are depthwise
    separable blocks; after each of the convolutions batch normalisation and
    ReLU6. pytorch-faster-rcnn uses layers 0 to 11 as the backbone (stride 16,
    512 channels) and the last two on each region, see
    :class:`MobileNetV1Layer`. Layers above the last wanted one are not built.

    ImageNet weights load by ``init_cfg=dict(type='Pretrained',
    checkpoint=...)`` from these files, whose entries are renamed on the way:

    - ``https://huggingface.co/google/mobilenet_v1_1.0_224/resolve/``
      ``dd9bc45ff57d9492e00d48547587baf03f0cdade/pytorch_model.bin``: the
      TF-slim weights with which tf-faster-rcnn starts its training, as
      ``transformers`` stores them; ``norm_eps=1e-3``. OpenMMLab publishes
      none.
    - ``https://huggingface.co/timm/mobilenetv1_100.ra4_e3600_r224_in1k/``
      ``resolve/636812647d7a669e4ce6d6d367f27c8ee71155f6/pytorch_model.bin``:
      those of ``timm``; ``norm_eps=1e-5``.

    Both were trained on RGB scaled to [-1, 1]: mean and std 127.5.

    Args:
        widen_factor: Width multiplier of all channels, which are rounded down
            and at least 8. Defaults to 1.0.
        out_indices: Layers to return, from 0 to 13, rising. Defaults to (11,
            ).
        frozen_stages: Layers 0 to frozen_stages are not trained; 4 in
            pytorch-faster-rcnn ("the first five layers"). -1 freezes nothing.
            Defaults to -1.
        norm_eval: Whether batch normalisation uses its running statistics in
            training, too. Defaults to False.
        norm_frozen: Whether scale and shift of batch normalisation are not
            trained. Defaults to False.
        norm_eps: Added to the variance in batch normalisation. Defaults to
            1e-3, as in TF-slim.
        init_cfg: Initialisation. Defaults to None, which means Kaiming.

    Raises:
        ValueError: If an argument is outside the values above.
        TypeError: If ``out_indices`` is not a sequence of int.
    """
    from_published = staticmethod(mobilenet_v1_from_published)

    def __init__(self,
                 widen_factor: float = 1.0,
                 out_indices: Sequence[int] = (11, ),
                 frozen_stages: int = -1,
                 norm_eval: bool = False,
                 norm_frozen: bool = False,
                 norm_eps: float = 1e-3,
                 init_cfg: dict | Sequence[dict] | None = None) -> None:
        if widen_factor <= 0:
            raise ValueError('widen_factor must be positive, but got '
                             f'{widen_factor!r}')
        check_out_indices(out_indices, len(BLOCKS) + 1)
        if frozen_stages not in range(-1, len(BLOCKS) + 1):
            raise ValueError(f'frozen_stages must be from -1 to {len(BLOCKS)},'
                             f' but got {frozen_stages!r}')
        if norm_eps <= 0:
            raise ValueError(f'norm_eps must be positive, but got {norm_eps}')
        super().__init__(init_cfg or default_init())
        self.out_indices = tuple(out_indices)
        self.frozen_stages = frozen_stages
        self.norm_eval = norm_eval
        self.norm_frozen = norm_frozen
        channels = scaled_channels(32, widen_factor)
        self.conv0 = conv_norm_relu6(3, channels, stride=2, norm_eps=norm_eps)
        for i, (width, stride) in enumerate(BLOCKS[:out_indices[-1]], 1):
            out_channels = scaled_channels(width, widen_factor)
            self.add_module(
                f'block{i}',
                DepthwiseSeparable(channels, out_channels, stride, norm_eps))
            channels = out_channels
        self.freeze_parts()

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Compute the wanted layers.

        Args:
            x: Images. Shape (N, 3, H, W).

        Returns:
            One map per entry of ``out_indices``, of shape (N, C, H / stride, W
            / stride) rounded up, in [0, 6].
        """
        outs = []
        for i, layer in enumerate(self.children()):
            x = layer(x)
            if i in self.out_indices:
                outs.append(x)
        return tuple(outs)

    def freeze_parts(self) -> None:
        """Freeze the first layers, and normalisation where asked."""
        freeze(list(self.children())[:self.frozen_stages + 1])
        if self.norm_frozen:
            for norm in norm_layers(self):
                norm.requires_grad_(False)


@MODELS.register_module()
class MobileNetV1Layer(PublishedModule):
    """Blocks 12 and 13 of MobileNetV1 as the shared head of a RoI head.

    Source: pytorch-faster-rcnn, where block 12, of stride 2 in the ImageNet
    classifier, has stride 1, since regions are pooled to 7x7. The head of the
    boxes then averages the map. Stands where MMDetection's ``ResLayer``
    stands for a ResNet, and takes the same ImageNet files as
    :class:`MobileNetV1`.

    Args:
        widen_factor: Width multiplier, that of the backbone. Defaults to 1.0.
        stride: Stride of block 12, 1 or 2. Defaults to 1.
        frozen: Whether nothing of it is trained. Defaults to False.
        norm_eval: Whether batch normalisation uses its running statistics in
            training, too. Defaults to True.
        norm_frozen: Whether scale and shift of batch normalisation are not
            trained. Defaults to True.
        norm_eps: Added to the variance in batch normalisation. Defaults to
            1e-3, as in TF-slim.
        init_cfg: Initialisation. Defaults to None, which means Kaiming.

    Raises:
        ValueError: If an argument is outside the values above.
    """
    from_published = staticmethod(mobilenet_v1_from_published)

    def __init__(self,
                 widen_factor: float = 1.0,
                 stride: int = 1,
                 frozen: bool = False,
                 norm_eval: bool = True,
                 norm_frozen: bool = True,
                 norm_eps: float = 1e-3,
                 init_cfg: dict | Sequence[dict] | None = None) -> None:
        if widen_factor <= 0:
            raise ValueError('widen_factor must be positive, but got '
                             f'{widen_factor!r}')
        if stride not in (1, 2):
            raise ValueError(f'stride must be 1 or 2, but got {stride!r}')
        if norm_eps <= 0:
            raise ValueError(f'norm_eps must be positive, but got {norm_eps}')
        super().__init__(init_cfg or default_init())
        self.frozen = frozen
        self.norm_eval = norm_eval
        self.norm_frozen = norm_frozen
        channels, middle, last = (
            scaled_channels(BLOCKS[i][0], widen_factor) for i in (10, 11, 12))
        self.block12 = DepthwiseSeparable(channels, middle, stride, norm_eps)
        self.block13 = DepthwiseSeparable(middle, last, 1, norm_eps)
        self.freeze_parts()

    def forward(self, x: Tensor) -> Tensor:
        """Compute both blocks.

        Args:
            x: Pooled regions. Shape (R, 512 * widen_factor, H, W).

        Returns:
            Shape (R, 1024 * widen_factor, H / stride, W / stride), in [0, 6].
        """
        return self.block13(self.block12(x))

    def freeze_parts(self) -> None:
        """Freeze what the arguments say."""
        if self.frozen:
            freeze(self.children())
        if self.norm_frozen:
            for norm in norm_layers(self):
                norm.requires_grad_(False)
