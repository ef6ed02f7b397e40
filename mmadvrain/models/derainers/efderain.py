"""EfDeRain: deraining by predicted pixel-wise kernels."""
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmadvrain.registry import MODELS

from .base_derainer import BaseDerainer
from .pixel_kernels import apply_pixel_kernels


@MODELS.register_module()
class EfDeRain(BaseDerainer):
    """Efficient deraining by pixel-wise dilation filtering, AAAI 2021.

    A U-Net predicts one kernel per pixel and channel; the kernel is applied
    to the rainy image at several dilations, and a convolution fuses the
    results. Weights keep the names they have in the authors' release, so
    that such checkpoints load unchanged:

    ======================  =====================================  ==========
    name                    what                                   pixels
    ======================  =====================================  ==========
    ``conv1`` - ``conv5``   encoder, average pooling between       1 to 1/16
    ``conv6`` - ``conv8``   decoder, beside ``conv4``, ``conv3``,  1/8 to 1/2
                            ``conv2``, bilinear between
    ``outc``                1x1 convolution to the kernels         1
    ``conv_final``          3x3 convolution that fuses             1
    ======================  =====================================  ==========

    Each of ``conv1`` to ``conv8`` holds three convolutions with ReLU,
    ``.conv1.0``, ``.conv1.2`` and ``.conv1.4``. The options of the release
    that none of its scripts use (attention, separable kernels, bias) are not
    there.

    The loss of the paper is :class:`L1SSIMLoss`. Differs from the release
    in: images whose sizes are no multiple of 16 are padded and cropped, where
    the release resizes them.

    Args:
        kernel_size: Side of the predicted kernels, odd. Defaults to 3.
        dilations: Dilations at which they are applied. Defaults to (1, 2, 3,
            4).
        channels: Width of ``conv1``; the others are 2, 4, 8, 8 times as wide.
            Defaults to 64.
        init_gain: Gain of the Xavier normal distribution that the weights
            start from. Defaults to 0.02.
        **kwargs: See :class:`BaseDerainer`.

    Raises:
        ValueError: If an argument is outside the values above.
    """

    size_divisor = 16
    published = ('https://github.com/tsingqguo/efficientderain, whose README '
                 'links to them, such as v3_rain100H.pth')

    def __init__(self,
                 kernel_size: int = 3,
                 dilations: Sequence[int] = (1, 2, 3, 4),
                 channels: int = 64,
                 init_gain: float = 0.02,
                 **kwargs: Any) -> None:
        if kernel_size < 1 or kernel_size % 2 == 0:
            raise ValueError('kernel_size must be odd and positive, but got '
                             f'{kernel_size}')
        if not dilations or min(dilations) < 1:
            raise ValueError('dilations must be one or more numbers from 1 '
                             f'on, but got {dilations!r}')
        if channels < 1:
            raise ValueError(
                f'channels must be at least 1, but got {channels}')
        super().__init__(**kwargs)
        self.kernel_size = kernel_size
        self.dilations = tuple(dilations)
        taps = 3 * kernel_size**2
        c1, c2, c3, c4 = (channels * width for width in (1, 2, 4, 8))
        self.conv1 = ConvBlock(3, c1)
        self.conv2 = ConvBlock(c1, c2)
        self.conv3 = ConvBlock(c2, c3)
        self.conv4 = ConvBlock(c3, c4)
        self.conv5 = ConvBlock(c4, c4)
        self.conv6 = ConvBlock(c4 + c4, c4)
        self.conv7 = ConvBlock(c4 + c3, c3)
        self.conv8 = ConvBlock(c3 + c2, taps)
        self.outc = nn.Conv2d(taps, taps, 1)
        self.conv_final = nn.Conv2d(3 * len(self.dilations), 3, 3, padding=1)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.xavier_normal_(module.weight, init_gain)
        self._finish()

    @property
    def radius(self) -> int:
        """How far away, in pixels, an input pixel can change an output."""
        # three convolutions per block at strides 1, 2, 4, 8, 16, 8, 4, 2, and
        # one pixel of the coarser level, 2, 4, 8, 16, per bilinear step
        unet = 3 * (1 + 2 + 4 + 8 + 16 + 8 + 4 + 2) + 2 + 4 + 8 + 16
        return 1 + max(unet, self.kernel_size // 2 * max(self.dilations))

    def derain(self, rainy: Tensor) -> Tensor:
        """Derain images, see :meth:`BaseDerainer.derain`."""
        filtered = apply_pixel_kernels(rainy, self.predict_kernels(rainy),
                                       self.dilations)
        return self.conv_final(filtered).to(rainy.dtype)

    def predict_kernels(self, rainy: Tensor) -> Tensor:
        """Predict one kernel per pixel and channel.

        Args:
            rainy: RGB in [0, 1]; H and W are multiples of 16. Shape (N, 3, H,
                W).

        Returns:
            As :func:`apply_pixel_kernels` takes them. Shape (N, 3 *
            kernel_size ** 2, H, W).
        """
        skips = [self.conv1(rainy)]
        for encode in (self.conv2, self.conv3, self.conv4, self.conv5):
            skips.append(encode(F.avg_pool2d(skips[-1], 2)))
        features = skips.pop()
        for decode in (self.conv6, self.conv7, self.conv8):
            features = decode(torch.cat((skips.pop(), _double(features)), 1))
        return self.outc(_double(features))


class ConvBlock(nn.Module):
    """Three 3x3 convolutions, each with ReLU.

    Args:
        in_channels: Width of the input.
        out_channels: Width of the output and between.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        layers = []
        for width in (in_channels, out_channels, out_channels):
            layers += [nn.Conv2d(width, out_channels, 3, padding=1), nn.ReLU()]
        self.conv1 = nn.Sequential(*layers)

    def forward(self, features: Tensor) -> Tensor:
        """Apply the convolutions.

        Args:
            features: Shape (N, in_channels, H, W).

        Returns:
            Shape (N, out_channels, H, W).
        """
        return self.conv1(features)


def _double(features: Tensor) -> Tensor:
    """Double both sizes."""
    return F.interpolate(
        features, scale_factor=2, mode='bilinear', align_corners=False)
