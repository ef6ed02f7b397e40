"""The building block of MobileNetV1."""
from collections import OrderedDict

from torch import Tensor, nn


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
        in_channels (int): Channels of the input.
        out_channels (int): Channels of the output.
        kernel_size (int): Side of the kernel in pixels. Defaults to 3.
        stride (int): Stride in pixels. Defaults to 1.
        groups (int): Groups of the convolution. Defaults to 1.
        norm_eps (float): Added to the variance. Defaults to 1e-3.

    Returns:
        nn.Sequential: Submodules ``conv``, ``norm`` and ``act``.
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
        in_channels (int): Channels of the input.
        out_channels (int): Channels of the output.
        stride (int): Stride of the depthwise convolution. Defaults to 1.
        norm_eps (float): Added to the variance. Defaults to 1e-3.
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
            x (Tensor): Shape (N, in_channels, H, W).

        Returns:
            Tensor: Shape (N, out_channels, ceil(H / stride),
            ceil(W / stride)), values in [0, 6].
        """
        return self.pointwise(self.depthwise(x))
