"""Restormer: attention between channels, at four resolutions."""
from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from mmadvrain.registry import MODELS
from mmadvrain.utils.checks import check_counts

from .transformer_unet import (
    ChannelAttention,
    TransformerBlock,
    TransformerUNet,
    conv1x1,
    depthwise,
)


@MODELS.register_module()
class Restormer(TransformerUNet):
    """Efficient transformer for high-resolution restoration, CVPR 2022.

    Weights are named as in the authors' release, so their ``deraining.pth``
    loads unchanged; see :class:`TransformerUNet`. Left out is what deraining
    does not use: biases, norms without mean, and pairs of pixels. The loss of
    the paper is L1. Differs from the release in: images whose sizes are no
    multiple of 8 are padded by repeating their border, there by reflecting it.

    Args:
        dim: Channels of the uppermost level. Defaults to 48.
        num_blocks: Blocks of each level. Defaults to (4, 6, 6, 8).
        num_refinement_blocks: Blocks behind the decoder. Defaults to 4.
        heads: Heads of each level. Defaults to (1, 2, 4, 8).
        ffn_expansion_factor: Width inside of the feed-forward networks by
            their width. Defaults to 2.66.
        **kwargs: See :class:`BaseDerainer`.

    Raises:
        ValueError: See :class:`TransformerUNet`.
    """

    published = ('https://github.com/swz30/Restormer, for Rain13K '
                 'deraining.pth')

    def __init__(self,
                 dim: int = 48,
                 num_blocks: Sequence[int] = (4, 6, 6, 8),
                 num_refinement_blocks: int = 4,
                 heads: Sequence[int] = (1, 2, 4, 8),
                 ffn_expansion_factor: float = 2.66,
                 **kwargs: Any) -> None:
        check_counts(num_refinement_blocks=num_refinement_blocks)

        def block(channels: int, num_heads: int) -> TransformerBlock:
            return TransformerBlock(
                channels, ChannelAttention(channels, num_heads),
                GatedFeedForward(channels, ffn_expansion_factor))

        super().__init__(block, dim, num_blocks, heads, **kwargs)
        self.refinement = nn.Sequential(
            *(block(2 * dim, heads[0]) for _ in range(num_refinement_blocks)))
        self._finish()


class GatedFeedForward(nn.Module):
    """Half of the channels, by GELU, gate the other half.

    Args:
        channels: Width.
        expansion: Width inside by the width.
    """

    def __init__(self, channels: int, expansion: float) -> None:
        super().__init__()
        hidden = int(channels * expansion)
        self.project_in = conv1x1(channels, 2 * hidden)
        self.dwconv = depthwise(2 * hidden, 3)
        self.project_out = conv1x1(hidden, channels)

    def forward(self, features: Tensor) -> Tensor:
        """Transform features of shape (N, C, H, W)."""
        gate, passed = self.dwconv(self.project_in(features)).chunk(2, 1)
        return self.project_out(F.gelu(gate) * passed)
