"""PReNet: progressive recurrent network for deraining."""
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmadvrain.registry import MODELS
from mmadvrain.utils.checks import check_counts

from .base_derainer import BaseDerainer

# gates of the LSTM, in the order in which they are computed
GATES = ('conv_i', 'conv_f', 'conv_o', 'conv_g')


@MODELS.register_module()
class PReNet(BaseDerainer):
    """Progressive recurrent network, CVPR 2019.

    One shallow residual network is applied ``stages`` times; a stage sees the
    rainy image, the result of the stage before and, through a convolutional
    LSTM, its features. Weights are named as in the authors' release, so their
    checkpoints load unchanged:

    - ``conv0``: first convolution; ``conv_i``, ``conv_f``, ``conv_g``,
      ``conv_o``: gates of the LSTM; ``res_conv1`` to ``res_conv5``: residual
      blocks; ``conv``: last convolution.

    With ``recurrent=None`` it is the release's PRN, with ``residual=False``
    its PReNet_LSTM; the variants with shared blocks, with a GRU and without
    the rainy image are left out. The loss of the paper is
    :class:`NegativeSSIMLoss` of the last stage.

    Args:
        stages: Times the network is applied. Defaults to 6.
        recurrent: ``'lstm'``, or None, which passes nothing but the image on.
            Defaults to ``'lstm'``.
        residual: Whether a stage predicts the difference to the rainy image.
            Defaults to True.
        channels: Width of the features. Defaults to 32.
        blocks: Residual blocks per stage. Defaults to 5.
        **kwargs: See :class:`BaseDerainer`.

    Raises:
        ValueError: If an argument is outside the values above.
    """

    published = ('https://github.com/csdwren/PReNet, for Rain100H '
                 'logs/Rain100H/PReNet6/net_latest.pth')

    def __init__(self,
                 stages: int = 6,
                 recurrent: str | None = 'lstm',
                 residual: bool = True,
                 channels: int = 32,
                 blocks: int = 5,
                 **kwargs: Any) -> None:
        check_counts(stages=stages, channels=channels, blocks=blocks)
        if recurrent not in ('lstm', None):
            raise ValueError("recurrent must be 'lstm' or None, but got "
                             f'{recurrent!r}')
        super().__init__(**kwargs)
        self.stages = stages
        self.recurrent = recurrent
        self.residual = residual
        self.channels = channels
        self.conv0 = nn.Sequential(_conv(6, channels))
        for name in GATES if recurrent else ():
            self.add_module(name, nn.Sequential(_conv(2 * channels, channels)))
        for i in range(blocks):
            self.add_module(
                f'res_conv{i + 1}',
                nn.Sequential(
                    _conv(channels, channels), nn.ReLU(),
                    _conv(channels, channels), nn.ReLU()))
        self.conv = nn.Sequential(_conv(channels, 3))
        self.block_names = [f'res_conv{i + 1}' for i in range(blocks)]
        self._finish()

    @property
    def radius(self) -> int:
        """How far away, in pixels, an input pixel can change an output."""
        reach = 2 + bool(self.recurrent) + 2 * len(self.block_names)
        return self.stages * reach

    def derain(self, rainy: Tensor) -> Tensor:
        """Derain images, see :meth:`BaseDerainer.derain`."""
        return self.derain_stages(rainy)[-1]

    def derain_stages(self, rainy: Tensor) -> list[Tensor]:
        """Derain images and keep what each stage made.

        Args:
            rainy: RGB in [0, 1]. Shape (N, 3, H, W).

        Returns:
            RGB, not clamped, one per stage. Shape (N, 3, H, W).
        """
        num, _, height, width = rainy.shape
        hidden = rainy.new_zeros(num, self.channels, height, width)
        memory = hidden
        derained = rainy
        outs = []
        for _ in range(self.stages):
            features = F.relu(self.conv0(torch.cat((rainy, derained), 1)))
            if self.recurrent:
                hidden, memory = self._lstm(features, hidden, memory)
                features = hidden
            for name in self.block_names:
                features = F.relu(getattr(self, name)(features) + features)
            derained = self.conv(features)
            if self.residual:
                derained = derained + rainy
            outs.append(derained)
        return outs

    def _lstm(self, features: Tensor, hidden: Tensor,
              memory: Tensor) -> tuple[Tensor, Tensor]:
        """Update the convolutional LSTM, all gates by a single convolution."""
        convs = [getattr(self, name)[0] for name in GATES]
        gates = F.conv2d(
            torch.cat((features, hidden), 1),
            torch.cat([conv.weight for conv in convs]),
            torch.cat([conv.bias for conv in convs]),
            padding=1)
        add, keep, show, new = gates.chunk(len(GATES), dim=1)
        memory = keep.sigmoid() * memory + add.sigmoid() * new.tanh()
        return show.sigmoid() * memory.tanh(), memory


def _conv(in_channels: int, out_channels: int) -> nn.Conv2d:
    """Create a 3x3 convolution that keeps the size."""
    return nn.Conv2d(in_channels, out_channels, 3, padding=1)
