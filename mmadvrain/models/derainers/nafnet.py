"""NAFNet: a U-Net without activation functions."""
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmadvrain.registry import MODELS
from mmadvrain.utils.checks import check_counts

from .base_derainer import BaseDerainer


@MODELS.register_module()
class NAFNet(BaseDerainer):
    """Simple baselines for image restoration, ECCV 2022.

    A U-Net whose blocks multiply halves of their channels in the place of
    activation functions. Weights are named as in the authors' release, so
    that checkpoints of theirs, and of others who train their code on rain,
    load unchanged; the authors publish weights for blur, noise and stereo.
    The defaults are those of ``NAFNet-GoPro-width32``.

    Differs from the release in: images whose sizes do not divide are padded
    by repeating their border, there by zeros.

    Args:
        width: Channels of the uppermost level, each next has twice as many.
            Defaults to 32.
        enc_blk_nums: Blocks of each level on the way down. Defaults to (1, 1,
            1, 28).
        middle_blk_num: Blocks of the lowest level. Defaults to 1.
        dec_blk_nums: Blocks of each level on the way up. Defaults to (1, 1, 1,
            1).
        window: Side in pixels of the square around a pixel whose mean its
            channels are weighed by: 384, one and a half times the training
            images, in the release's ``NAFNetLocal``. None is the whole image,
            as in its ``NAFNet``. Defaults to None.
        **kwargs: See :class:`BaseDerainer`.

    Raises:
        ValueError: If there is a level without blocks, or the two ways
            differ in levels.
    """

    radius = None
    published = 'https://github.com/megvii-research/NAFNet'

    def __init__(self,
                 width: int = 32,
                 enc_blk_nums: Sequence[int] = (1, 1, 1, 28),
                 middle_blk_num: int = 1,
                 dec_blk_nums: Sequence[int] = (1, 1, 1, 1),
                 window: int | None = None,
                 **kwargs: Any) -> None:
        check_counts(width=width, middle_blk_num=middle_blk_num)
        levels = len(enc_blk_nums)
        if len(dec_blk_nums) != levels or not levels:
            raise ValueError('wanted enc_blk_nums and dec_blk_nums of equally '
                             f'many levels, but got {list(enc_blk_nums)} and '
                             f'{list(dec_blk_nums)}')
        if window is not None and window >> levels < 1:
            raise ValueError(f'window must be at least {2**levels}, a pixel '
                             f'of the lowest level, but got {window}')
        super().__init__(**kwargs)
        self.size_divisor = 2**levels

        def blocks(level: int, count: int) -> nn.Sequential:
            side = None if window is None else window >> level
            return nn.Sequential(*(NAFBlock(width << level, side)
                                   for _ in range(count)))

        self.intro = nn.Conv2d(3, width, 3, padding=1)
        self.encoders = nn.ModuleList(
            blocks(i, count) for i, count in enumerate(enc_blk_nums))
        self.downs = nn.ModuleList(
            nn.Conv2d(width << i, width << i + 1, 2, stride=2)
            for i in range(levels))
        self.middle_blks = blocks(levels, middle_blk_num)
        self.ups = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(width << i, width << i +
                          1, 1, bias=False), nn.PixelShuffle(2))
            for i in range(levels, 0, -1))
        self.decoders = nn.ModuleList(
            blocks(levels - 1 - i, count)
            for i, count in enumerate(dec_blk_nums))
        self.ending = nn.Conv2d(width, 3, 3, padding=1)
        self._finish()

    def derain(self, rainy: Tensor) -> Tensor:
        """Derain images, see :meth:`BaseDerainer.derain`."""
        features = self.intro(rainy)
        skips = []
        for encoder, down in zip(self.encoders, self.downs):
            skips.append(encoder(features))
            features = down(skips[-1])
        features = self.middle_blks(features)
        for decoder, up in zip(self.decoders, self.ups):
            features = decoder(up(features) + skips.pop())
        return self.ending(features) + rainy


class NAFBlock(nn.Module):
    """A gated depthwise convolution and a gated pointwise one.

    Args:
        channels: Width.
        window: Side in pixels of what channels are weighed by, see
            :class:`LocalMean`.
    """

    def __init__(self, channels: int, window: int | None) -> None:
        super().__init__()
        inner = 2 * channels
        self.norm1 = ChannelNorm(channels)
        self.conv1 = nn.Conv2d(channels, inner, 1)
        self.conv2 = nn.Conv2d(inner, inner, 3, padding=1, groups=inner)
        self.sca = nn.Sequential(
            LocalMean(window), nn.Conv2d(channels, channels, 1))
        self.conv3 = nn.Conv2d(channels, channels, 1)
        self.norm2 = ChannelNorm(channels)
        self.conv4 = nn.Conv2d(channels, inner, 1)
        self.conv5 = nn.Conv2d(channels, channels, 1)
        self.beta = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.gamma = nn.Parameter(torch.zeros(1, channels, 1, 1))

    def forward(self, features: Tensor) -> Tensor:
        """Apply the block.

        Args:
            features: Shape (N, C, H, W).

        Returns:
            Of the same shape.
        """
        inner = gate(self.conv2(self.conv1(self.norm1(features))))
        inner = self.conv3(inner * self.sca(inner))
        features = features + inner * self.beta
        inner = self.conv5(gate(self.conv4(self.norm2(features))))
        return features + inner * self.gamma


class ChannelNorm(nn.Module):
    """Layer norm over the channels of each pixel.

    Args:
        channels: Width.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, features: Tensor) -> Tensor:
        """Normalise features of shape (N, C, H, W)."""
        return F.layer_norm(
            features.movedim(1, -1), self.weight.shape, self.weight, self.bias,
            1e-6).movedim(-1, 1)


class LocalMean(nn.Module):
    """Mean of the square around each pixel, moved inwards at borders.

    Args:
        window: Side of the square in pixels. None is the whole image.
    """

    def __init__(self, window: int | None) -> None:
        super().__init__()
        self.window = window

    def forward(self, features: Tensor) -> Tensor:
        """Average.

        Args:
            features: Shape (N, C, H, W).

        Returns:
            Shape (N, C, H, W), or (N, C, 1, 1) where the square holds the
            image.
        """
        height, width = features.shape[-2:]
        if self.window is None or self.window >= max(height, width):
            return features.mean((2, 3), keepdim=True)
        means = box_mean(box_mean(features, 2, self.window), 3, self.window)
        bottom, right = height - means.shape[2], width - means.shape[3]
        return F.pad(
            means, (right // 2, right - right // 2, bottom // 2,
                    bottom - bottom // 2),
            mode='replicate')


def box_mean(values: Tensor, dim: int, length: int) -> Tensor:
    """Mean of neighbours along one axis, only where all of them are there.

    Args:
        values: Any shape.
        dim: Which axis.
        length: How many neighbours; all where the axis has fewer.

    Returns:
        Shorter along the axis by ``length - 1``.
    """
    size = values.shape[dim]
    length = min(length, size)
    sums = values.cumsum(dim)
    sums = torch.cat((torch.zeros_like(sums.narrow(dim, 0, 1)), sums), dim)
    count = size - length + 1
    return (sums.narrow(dim, length, count) -
            sums.narrow(dim, 0, count)) / length


def gate(features: Tensor) -> Tensor:
    """Multiply the first half of the channels with the second.

    Args:
        features: Shape (N, 2 C, H, W).

    Returns:
        Shape (N, C, H, W).
    """
    first, second = features.chunk(2, 1)
    return first * second
