"""DRSformer: sparse attention between channels, and experts at both ends."""
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmadvrain.registry import MODELS

from .base_derainer import named
from .transformer_unet import (
    ChannelAttention,
    TransformerBlock,
    TransformerUNet,
    conv1x1,
    depthwise,
)

SHARES = ((1, 2), (2, 3), (3, 4), (4, 5))
"""Shares of the channels that sparse attention keeps, as fractions."""


@MODELS.register_module()
class DRSformer(TransformerUNet):
    """Learning a sparse transformer network for deraining, CVPR 2023.

    Restormer's shape with attention to the best channels only, feed-forward
    networks of two scales, and mixtures of experts ahead of the encoder and
    behind the decoder. Weights are named as in the authors' release, so their
    ``deraining.pth`` load unchanged. Padding differs as in
    :class:`Restormer`.

    Args:
        dim: Channels of the uppermost level. Defaults to 48.
        num_blocks: Blocks of each level. Defaults to (4, 6, 6, 8).
        heads: Heads of each level. Defaults to (1, 2, 4, 8).
        ffn_expansion_factor: Width inside of the feed-forward networks by
            their width. Defaults to 2.66.
        experts: Whether there are experts, as in the weights for Rain200H,
            DID-Data and DDN-Data; those for Rain200L and SPA-Data have none.
            Defaults to True.
        **kwargs: See :class:`BaseDerainer`.

    Raises:
        ValueError: See :class:`TransformerUNet`.
    """

    published = ('https://github.com/cschenxiang/DRSformer, a deraining.pth '
                 'for each data set')

    def __init__(self,
                 dim: int = 48,
                 num_blocks: Sequence[int] = (4, 6, 6, 8),
                 heads: Sequence[int] = (1, 2, 4, 8),
                 ffn_expansion_factor: float = 2.66,
                 experts: bool = True,
                 **kwargs: Any) -> None:

        def block(channels: int, num_heads: int) -> TransformerBlock:
            return TransformerBlock(
                channels, SparseAttention(channels, num_heads),
                MixedScaleFeedForward(channels, ffn_expansion_factor))

        super().__init__(block, dim, num_blocks, heads, **kwargs)
        if experts:
            self.encoder_level0 = ExpertMixture(dim)
            self.refinement = ExpertMixture(2 * dim)
        self._finish()


class SparseAttention(ChannelAttention):
    """Attention to a half, two, three and four fifths of the channels.

    More exactly to the :data:`SHARES` with the largest scores, whose weights
    are summed, each times a number that is learned. See
    :class:`ChannelAttention`.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__(channels, heads)
        for number in range(1, len(SHARES) + 1):
            self.register_parameter(f'attn{number}',
                                    nn.Parameter(torch.tensor([0.2])))

    def weigh(self, scores: Tensor) -> Tensor:
        """Sum the softmax over the best channels of each share."""
        width = scores.shape[-1]
        falling = scores.sort(-1, descending=True).values
        total = torch.zeros_like(scores)
        for number, (part, whole) in enumerate(SHARES, 1):
            kept = max(width * part // whole, 1)
            least = falling[..., kept - 1:kept]
            best = scores.masked_fill(scores < least, -torch.inf)
            total = total + getattr(self, f'attn{number}') * best.softmax(-1)
        return total


class MixedScaleFeedForward(nn.Module):
    """Kernels of three and of five pixels, which exchange their halves.

    Args:
        channels: Width.
        expansion: Width inside by the width.
    """

    def __init__(self, channels: int, expansion: float) -> None:
        super().__init__()
        hidden = int(channels * expansion)
        self.project_in = conv1x1(channels, 2 * hidden)
        for size in (3, 5):
            name = f'dwconv{size}x{size}'
            self.add_module(name, depthwise(2 * hidden, size))
            self.add_module(
                f'{name}_1',
                nn.Conv2d(
                    2 * hidden,
                    hidden,
                    size,
                    padding=size // 2,
                    groups=hidden,
                    bias=False))
        self.project_out = conv1x1(2 * hidden, channels)

    def forward(self, features: Tensor) -> Tensor:
        """Transform features of shape (N, C, H, W)."""
        features = self.project_in(features)
        small = F.relu(self.get_submodule('dwconv3x3')(features)).chunk(2, 1)
        large = F.relu(self.get_submodule('dwconv5x5')(features)).chunk(2, 1)
        again = [
            self.get_submodule(f'dwconv{size}x{size}_1')(torch.cat(halves, 1))
            for size, halves in zip((3, 5), zip(small, large))
        ]
        return self.project_out(F.relu(torch.cat(again, 1)))


class ExpertMixture(nn.Module):
    """Steps of eight operations, whose weights come from the image's mean.

    Args:
        channels: Width.
        steps: Operations in a row. Defaults to 4.
    """

    def __init__(self, channels: int, steps: int = 4) -> None:
        super().__init__()
        count = len(_experts(1))
        gate = nn.Sequential(
            nn.Linear(channels, 2 * steps * count), nn.ReLU(),
            nn.Linear(2 * steps * count, steps * count))
        self.layers = nn.ModuleList([
            named('ca_fc', gate),
            ExpertChain(channels, [ExpertStep(channels) for _ in range(steps)])
        ])
        self.steps = steps

    def forward(self, features: Tensor) -> Tensor:
        """Transform features of shape (N, C, H, W)."""
        gate, chain = self.layers
        weights = gate(features.mean((2, 3))).unflatten(1, (self.steps, -1))
        return chain(features, weights.softmax(-1))


class ExpertChain(nn.Module):
    """Steps in a row, each beside a skip.

    Args:
        channels: Width.
        steps: What is done in turn.
    """

    def __init__(self, channels: int, steps: Sequence[nn.Module]) -> None:
        super().__init__()
        self.preprocess = named(
            'op', nn.Sequential(conv1x1(channels, channels), nn.ReLU()))
        self._ops = nn.ModuleList(steps)

    def forward(self, features: Tensor, weights: Tensor) -> Tensor:
        """Transform.

        Args:
            features: Shape (N, C, H, W).
            weights: Of each step's experts. Shape (N, steps, experts).

        Returns:
            Shape (N, C, H, W).
        """
        features = self.preprocess(features)
        for step, shares in zip(self._ops, weights.unbind(1)):
            features = F.relu(features + step(features, shares))
        return features


class ExpertStep(nn.Module):
    """All experts beside each other, weighed and mixed.

    Args:
        channels: Width.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self._ops = nn.ModuleList(_experts(channels))
        self._out = nn.Sequential(
            conv1x1(len(self._ops) * channels, channels), nn.ReLU())

    def forward(self, features: Tensor, weights: Tensor) -> Tensor:
        """Transform features of shape (N, C, H, W) by weights (N, experts)."""
        return self._out(
            torch.cat([
                expert(features) * weight[:, None, None, None]
                for expert, weight in zip(self._ops, weights.unbind(1))
            ], 1))


def _experts(channels: int) -> list[nn.Module]:
    """Four separable and three dilated convolutions, and a mean."""
    separable = [
        named(
            'op',
            nn.Sequential(
                depthwise(channels, size), conv1x1(channels, channels),
                nn.ReLU(), depthwise(channels, size),
                conv1x1(channels, channels))) for size in (1, 3, 5, 7)
    ]
    dilated = [
        named(
            'op',
            nn.Sequential(
                depthwise(channels, size, 2), conv1x1(channels, channels)))
        for size in (3, 5, 7)
    ]
    mean = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
    return [*separable, *dilated, mean]
