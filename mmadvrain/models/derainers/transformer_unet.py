"""The U-shape that Restormer and DRSformer share, and its blocks."""
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmadvrain.utils.checks import check_counts

from .base_derainer import BaseDerainer, named


class TransformerUNet(BaseDerainer):
    """Four levels of transformer blocks, the lower ones with a skip each.

    Weights are named as in the authors' releases: ``patch_embed``,
    ``encoder_level1`` to ``encoder_level3``, ``latent``, ``decoder_level3`` to
    ``decoder_level1``, ``down1_2`` and so on between, ``up4_3`` and so on
    back, ``reduce_chan_level3`` and ``reduce_chan_level2`` behind the skips,
    ``output``. The uppermost level of the decoder is twice as wide as that of
    the encoder. A subclass may put modules in the place of
    ``encoder_level0`` and ``refinement``, and ends with :meth:`_finish`.

    Attention weighs channels by sums over the whole image, so that every
    pixel reaches every other and tiles change the result.

    Args:
        block: Channels and heads to a block, a module that keeps its shape.
        dim: Channels of the uppermost level, each next has twice as many.
        num_blocks: Blocks of each level.
        heads: Heads of each level, which divide its channels.
        **kwargs: See :class:`BaseDerainer`.

    Raises:
        ValueError: If there are not four levels, or a number is of no use.
    """

    size_divisor = 8
    radius = None

    def __init__(self, block: Callable[[int, int], nn.Module], dim: int,
                 num_blocks: Sequence[int], heads: Sequence[int],
                 **kwargs: Any) -> None:
        check_counts(dim=dim)
        widths = [dim << level for level in range(4)]
        if len(num_blocks) != 4 or len(heads) != 4 or any(
                h < 1 or w % h for w, h in zip(widths, heads)):
            raise ValueError('wanted num_blocks and heads of four levels, '
                             f'heads that divide {widths}, but got '
                             f'{list(num_blocks)} and {list(heads)}')
        super().__init__(**kwargs)

        def level(index: int, width: int) -> nn.Sequential:
            return nn.Sequential(*(block(width, heads[index])
                                   for _ in range(num_blocks[index])))

        one, two, three, four = widths
        self.patch_embed = named('proj', conv3x3(3, one))
        self.encoder_level0: nn.Module = nn.Identity()
        self.encoder_level1 = level(0, one)
        self.down1_2 = halve(one)
        self.encoder_level2 = level(1, two)
        self.down2_3 = halve(two)
        self.encoder_level3 = level(2, three)
        self.down3_4 = halve(three)
        self.latent = level(3, four)
        self.up4_3 = double(four)
        self.reduce_chan_level3 = conv1x1(four, three)
        self.decoder_level3 = level(2, three)
        self.up3_2 = double(three)
        self.reduce_chan_level2 = conv1x1(three, two)
        self.decoder_level2 = level(1, two)
        self.up2_1 = double(two)
        self.decoder_level1 = level(0, two)
        self.refinement: nn.Module = nn.Identity()
        self.output = conv3x3(two, 3)

    def derain(self, rainy: Tensor) -> Tensor:
        """Derain images, see :meth:`BaseDerainer.derain`."""
        first = self.encoder_level0(self.patch_embed(rainy))
        first = self.encoder_level1(first)
        second = self.encoder_level2(self.down1_2(first))
        third = self.encoder_level3(self.down2_3(second))
        features = self.latent(self.down3_4(third))
        features = torch.cat((self.up4_3(features), third), 1)
        features = self.decoder_level3(self.reduce_chan_level3(features))
        features = torch.cat((self.up3_2(features), second), 1)
        features = self.decoder_level2(self.reduce_chan_level2(features))
        features = torch.cat((self.up2_1(features), first), 1)
        features = self.refinement(self.decoder_level1(features))
        return self.output(features) + rainy


class TransformerBlock(nn.Module):
    """Attention, then a feed-forward network, each behind a norm.

    Args:
        channels: Width.
        attention: Keeps the shape.
        feed_forward: Keeps the shape.
    """

    def __init__(self, channels: int, attention: nn.Module,
                 feed_forward: nn.Module) -> None:
        super().__init__()
        self.norm1 = ChannelNorm(channels)
        self.attn = attention
        self.norm2 = ChannelNorm(channels)
        self.ffn = feed_forward

    def forward(self, features: Tensor) -> Tensor:
        """Apply the block.

        Args:
            features: Shape (N, C, H, W).

        Returns:
            Of the same shape.
        """
        features = features + self.attn(self.norm1(features))
        return features + self.ffn(self.norm2(features))


class ChannelNorm(nn.Module):
    """Layer norm over the channels of each pixel.

    Args:
        channels: Width.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.LayerNorm(channels)

    def forward(self, features: Tensor) -> Tensor:
        """Normalise features of shape (N, C, H, W)."""
        return self.body(features.movedim(1, -1)).movedim(-1, 1)


class ChannelAttention(nn.Module):
    r"""Attention between channels instead of pixels.

    The weight of channel j for channel i is the softmax over j of
    :math:`\tau \hat q_i \cdot \hat k_j`, unit vectors over all pixels.

    Args:
        channels: Width.
        heads: Divides the width.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.temperature = nn.Parameter(torch.ones(heads, 1, 1))
        self.qkv = conv1x1(channels, 3 * channels)
        self.qkv_dwconv = depthwise(3 * channels, 3)
        self.project_out = conv1x1(channels, channels)

    def forward(self, features: Tensor) -> Tensor:
        """Mix the channels of features of shape (N, C, H, W)."""
        qkv = self.qkv_dwconv(self.qkv(features)).flatten(2)
        query, key, value = (
            part.unflatten(1, (self.heads, -1)) for part in qkv.chunk(3, 1))
        scores = F.normalize(query, dim=-1) @ F.normalize(key, dim=-1).mT
        mixed = self.weigh(scores * self.temperature) @ value
        return self.project_out(mixed.flatten(1, 2).view_as(features))

    def weigh(self, scores: Tensor) -> Tensor:
        """Turn scores into weights.

        Args:
            scores: Shape (N, heads, C, C), the last axis is summed over.

        Returns:
            Of the same shape.
        """
        return scores.softmax(-1)


def conv1x1(in_channels: int, out_channels: int) -> nn.Conv2d:
    """Create a 1x1 convolution without bias."""
    return nn.Conv2d(in_channels, out_channels, 1, bias=False)


def conv3x3(in_channels: int, out_channels: int) -> nn.Conv2d:
    """Create a 3x3 convolution without bias that keeps the size."""
    return nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False)


def depthwise(channels: int, kernel_size: int, dilation: int = 1) -> nn.Conv2d:
    """Create a convolution of each channel alone that keeps the size."""
    return nn.Conv2d(
        channels,
        channels,
        kernel_size,
        padding=kernel_size // 2 * dilation,
        dilation=dilation,
        groups=channels,
        bias=False)


def halve(channels: int) -> nn.Sequential:
    """Halve both sizes and double the channels."""
    return named(
        'body',
        nn.Sequential(conv3x3(channels, channels // 2), nn.PixelUnshuffle(2)))


def double(channels: int) -> nn.Sequential:
    """Double both sizes and halve the channels."""
    return named(
        'body',
        nn.Sequential(conv3x3(channels, 2 * channels), nn.PixelShuffle(2)))
