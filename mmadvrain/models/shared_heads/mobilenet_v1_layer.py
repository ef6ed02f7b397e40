"""The last two blocks of MobileNetV1, run on each region."""
from typing import Any, Optional, Sequence, Union

from mmengine.model import BaseModule
from torch import Tensor

from mmadvrain.registry import MODELS
from ..backbones.mobilenet_v1 import BLOCKS, default_init, scaled_channels
from ..layers import DepthwiseSeparable
from ..utils import (adopt_published, eval_norms, freeze,
                     mobilenet_v1_from_published, norm_layers)


@MODELS.register_module()
class MobileNetV1Layer(BaseModule):
    """Blocks 12 and 13 of MobileNetV1 as the shared head of a RoI head.

    Source: pytorch-faster-rcnn, where block 12, of stride 2 in the ImageNet
    classifier, has stride 1, since regions are pooled to 7x7. The head of the
    boxes then averages the map. Stands where MMDetection's ``ResLayer``
    stands for a ResNet, and takes the same ImageNet files as
    :class:`MobileNetV1`.

    Args:
        widen_factor (float): Width multiplier, that of the backbone.
            Defaults to 1.0.
        stride (int): Stride of block 12, 1 or 2. Defaults to 1.
        frozen (bool): Whether nothing of it is trained. Defaults to False.
        norm_eval (bool): Whether batch normalisation uses its running
            statistics in training, too. Defaults to True.
        norm_frozen (bool): Whether scale and shift of batch normalisation
            are not trained. Defaults to True.
        norm_eps (float): Added to the variance in batch normalisation.
            Defaults to 1e-3, as in TF-slim.
        init_cfg (dict | list[dict], optional): Initialisation. Defaults to
            None, which means Kaiming.

    Raises:
        ValueError: If an argument is outside the values above.
    """

    def __init__(
            self,
            widen_factor: float = 1.0,
            stride: int = 1,
            frozen: bool = False,
            norm_eval: bool = True,
            norm_frozen: bool = True,
            norm_eps: float = 1e-3,
            init_cfg: Optional[Union[dict, Sequence[dict]]] = None) -> None:
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
        self._freeze()

    def forward(self, x: Tensor) -> Tensor:
        """Compute both blocks.

        Args:
            x (Tensor): Pooled regions. Shape (R, 512 * widen_factor, H, W).

        Returns:
            Tensor: Shape (R, 1024 * widen_factor, H / stride, W / stride),
            in [0, 6].
        """
        return self.block13(self.block12(x))

    def train(self, mode: bool = True) -> 'MobileNetV1Layer':
        """Set the mode, keeping what is frozen in eval.

        Args:
            mode (bool): Whether to train. Defaults to True.

        Returns:
            MobileNetV1Layer: self.
        """
        super().train(mode)
        self._freeze()
        if self.norm_eval:
            eval_norms(self)
        return self

    def _freeze(self) -> None:
        """Freeze what the arguments say."""
        if self.frozen:
            freeze(self.children())
        if self.norm_frozen:
            for norm in norm_layers(self):
                norm.requires_grad_(False)

    def _load_from_state_dict(self, state_dict: dict, prefix: str, *args: Any,
                              **kwargs: Any) -> None:
        """Load, renaming what a published classifier calls otherwise."""
        adopt_published(self, state_dict, prefix, mobilenet_v1_from_published)
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
