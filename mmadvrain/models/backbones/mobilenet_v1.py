"""MobileNetV1, which MMDetection lacks."""
from typing import Any, Optional, Sequence, Tuple, Union

from mmengine.model import BaseModule
from torch import Tensor

from mmadvrain.registry import MODELS
from ..layers import DepthwiseSeparable, conv_norm_relu6
from ..utils import (adopt_published, check_out_indices, eval_norms, freeze,
                     mobilenet_v1_from_published, norm_layers)

# channels and stride of block1 to block13, at width 1
BLOCKS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1),
          (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1))


def scaled_channels(channels: int, widen_factor: float) -> int:
    """Scale a number of channels as TF-slim does: rounded down, at least 8.

    Args:
        channels (int): Channels at width 1.
        widen_factor (float): The width multiplier.

    Returns:
        int: Channels at this width.
    """
    return max(int(channels * widen_factor), 8)


@MODELS.register_module()
class MobileNetV1(BaseModule):
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
        widen_factor (float): Width multiplier of all channels, which are
            rounded down and at least 8. Defaults to 1.0.
        out_indices (Sequence[int]): Layers to return, from 0 to 13, rising.
            Defaults to (11, ).
        frozen_stages (int): Layers 0 to frozen_stages are not trained; 4 in
            pytorch-faster-rcnn ("the first five layers"). -1 freezes
            nothing. Defaults to -1.
        norm_eval (bool): Whether batch normalisation uses its running
            statistics in training, too. Defaults to False.
        norm_frozen (bool): Whether scale and shift of batch normalisation
            are not trained. Defaults to False.
        norm_eps (float): Added to the variance in batch normalisation.
            Defaults to 1e-3, as in TF-slim.
        init_cfg (dict | list[dict], optional): Initialisation. Defaults to
            None, which means Kaiming.

    Raises:
        ValueError: If an argument is outside the values above.
        TypeError: If ``out_indices`` is not a sequence of int.
    """

    def __init__(
            self,
            widen_factor: float = 1.0,
            out_indices: Sequence[int] = (11, ),
            frozen_stages: int = -1,
            norm_eval: bool = False,
            norm_frozen: bool = False,
            norm_eps: float = 1e-3,
            init_cfg: Optional[Union[dict, Sequence[dict]]] = None) -> None:
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
        self._freeze()

    def forward(self, x: Tensor) -> Tuple[Tensor, ...]:
        """Compute the wanted layers.

        Args:
            x (Tensor): Images. Shape (N, 3, H, W).

        Returns:
            tuple[Tensor]: One map per entry of ``out_indices``, of shape (N,
            C, H / stride, W / stride) rounded up, in [0, 6].
        """
        outs = []
        for i, layer in enumerate(self.children()):
            x = layer(x)
            if i in self.out_indices:
                outs.append(x)
        return tuple(outs)

    def train(self, mode: bool = True) -> 'MobileNetV1':
        """Set the mode, keeping frozen layers and normalisation in eval.

        Args:
            mode (bool): Whether to train. Defaults to True.

        Returns:
            MobileNetV1: self.
        """
        super().train(mode)
        self._freeze()
        if self.norm_eval:
            eval_norms(self)
        return self

    def _freeze(self) -> None:
        """Freeze the first layers, and normalisation where asked."""
        freeze(list(self.children())[:self.frozen_stages + 1])
        if self.norm_frozen:
            for norm in norm_layers(self):
                norm.requires_grad_(False)

    def _load_from_state_dict(self, state_dict: dict, prefix: str, *args: Any,
                              **kwargs: Any) -> None:
        """Load, renaming what a published classifier calls otherwise."""
        adopt_published(self, state_dict, prefix, mobilenet_v1_from_published)
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


def default_init() -> list:
    """Return the initialisation used where none is asked for."""
    return [
        dict(type='Kaiming', layer='Conv2d'),
        dict(type='Constant', val=1, layer='_BatchNorm')
    ]
