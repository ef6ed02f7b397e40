"""PReNet: progressive recurrent network for deraining."""
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmadvrain.registry import MODELS
from mmadvrain.utils.checks import check_counts

from .base_derainer import BaseDerainer

# gates of each recurrent layer, in the order in which they are computed
GATES = {
    'lstm': ('conv_i', 'conv_f', 'conv_o', 'conv_g'),
    'gru': ('conv_z', 'conv_b', 'conv_g')
}


@MODELS.register_module()
class PReNet(BaseDerainer):
    """Progressive recurrent network, CVPR 2019, with its ablations.

    One shallow residual network is applied ``stages`` times; a stage sees the
    rainy image, the result of the stage before and, through a convolutional
    LSTM, its features. Weights are named as in the authors' release, so their
    checkpoints load unchanged:

    - ``conv0``: first convolution; ``conv_i``, ``conv_f``, ``conv_g``,
      ``conv_o``: gates of the LSTM; ``conv_z``, ``conv_b``, ``conv_g``: of
      the GRU; ``res_conv1`` to ``res_conv5``: residual blocks; ``conv``: last
      convolution.

    ============================  ============================================
    released as                   arguments
    ============================  ============================================
    PReNet                        none
    PReNet_r                      ``shared_blocks=True``
    PRN                           ``recurrent=None``
    PRN_r                         ``recurrent=None, shared_blocks=True``
    PReNet_LSTM (ablation)        ``residual=False``
    PReNet_GRU (ablation)         ``recurrent='gru', residual=False``
    PReNet_x (ablation)           ``see_rainy=False, residual=False``
    ============================  ============================================

    The loss of the paper is :class:`NegativeSSIMLoss` of the last stage.

    Args:
        stages: Times the network is applied. Defaults to 6.
        recurrent: ``'lstm'``, ``'gru'`` or None, which passes nothing but the
            image on. Defaults to ``'lstm'``.
        shared_blocks: Whether all residual blocks of a stage are the same one.
            Defaults to False.
        see_rainy: Whether each stage sees the rainy image beside the result of
            the stage before. Defaults to True.
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
                 shared_blocks: bool = False,
                 see_rainy: bool = True,
                 residual: bool = True,
                 channels: int = 32,
                 blocks: int = 5,
                 **kwargs: Any) -> None:
        check_counts(stages=stages, channels=channels, blocks=blocks)
        if recurrent is not None and recurrent not in GATES:
            raise ValueError("recurrent must be 'lstm', 'gru' or None, but "
                             f'got {recurrent!r}')
        super().__init__(**kwargs)
        self.stages = stages
        self.recurrent = recurrent
        self.see_rainy = see_rainy
        self.residual = residual
        self.channels = channels
        self.conv0 = nn.Sequential(_conv(6 if see_rainy else 3, channels))
        for name in GATES.get(recurrent or '', ()):
            self.add_module(name, nn.Sequential(_conv(2 * channels, channels)))
        for i in range(1 if shared_blocks else blocks):
            self.add_module(
                f'res_conv{i + 1}',
                nn.Sequential(
                    _conv(channels, channels), nn.ReLU(),
                    _conv(channels, channels), nn.ReLU()))
        self.conv = nn.Sequential(_conv(channels, 3))
        self.block_names = [
            f'res_conv{1 if shared_blocks else i + 1}' for i in range(blocks)
        ]
        self._finish()

    @property
    def radius(self) -> int:
        """How far away, in pixels, an input pixel can change an output."""
        reach = {None: 0, 'lstm': 1, 'gru': 2}[self.recurrent]
        reach = self.stages * (2 + reach + 2 * len(self.block_names))
        # the reset gate of the first stage meets features that are zero
        return reach - 1 if self.recurrent == 'gru' else reach

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
            seen = torch.cat(
                (rainy, derained), 1) if (self.see_rainy) else derained
            features = F.relu(self.conv0(seen))
            if self.recurrent == 'lstm':
                hidden, memory = self._lstm(features, hidden, memory)
                features = hidden
            elif self.recurrent == 'gru':
                features = hidden = self._gru(features, hidden)
            for name in self.block_names:
                features = F.relu(getattr(self, name)(features) + features)
            derained = self.conv(features)
            if self.residual:
                derained = derained + rainy
            outs.append(derained)
        return outs

    def _gates(self, names: tuple[str, ...], inputs: Tensor) -> list[Tensor]:
        """Apply convolutions that share their input as a single one."""
        convs = [getattr(self, name)[0] for name in names]
        out = F.conv2d(
            inputs,
            torch.cat([conv.weight for conv in convs]),
            torch.cat([conv.bias for conv in convs]),
            padding=1)
        return list(out.chunk(len(names), dim=1))

    def _lstm(self, features: Tensor, hidden: Tensor,
              memory: Tensor) -> tuple[Tensor, Tensor]:
        """Update the convolutional LSTM."""
        add, keep, show, new = self._gates(GATES['lstm'],
                                           torch.cat((features, hidden), 1))
        memory = keep.sigmoid() * memory + add.sigmoid() * new.tanh()
        return show.sigmoid() * memory.tanh(), memory

    def _gru(self, features: Tensor, hidden: Tensor) -> Tensor:
        """Update the convolutional GRU."""
        update, reset = self._gates(GATES['gru'][:2],
                                    torch.cat((features, hidden), 1))
        update, reset = update.sigmoid(), reset.sigmoid()
        conv = self.get_submodule('conv_g')
        new: Tensor = conv(torch.cat((reset * hidden, features), 1)).tanh()
        return (1 - update) * hidden + update * new


def _conv(in_channels: int, out_channels: int) -> nn.Conv2d:
    """Create a 3x3 convolution that keeps the size."""
    return nn.Conv2d(in_channels, out_channels, 3, padding=1)
