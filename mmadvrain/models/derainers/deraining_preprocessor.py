"""A derainer in front of any detector's data preprocessor."""
from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor
from torch import Tensor, nn

from mmadvrain.registry import MODELS

from .base_derainer import keep_own_weights


@MODELS.register_module()
class DerainingPreprocessor(BaseDataPreprocessor):
    """Derain images, then do what the detector's own preprocessor does.

    Images arrive as the pipeline packs them, at the network's resolution:
    BGR in [0, 255], of 8 bits or floats. The derainer sees RGB in [0, 1], and
    its result, clipped to that, goes on to the detector's normalisation and
    padding as floats. Gradient passes through all of it. Detector, heads and
    their weights know nothing of it.

    Args:
        base: The detector's own preprocessor. What is asked of this one and is
            not its own is answered by that one.
        derainer: RGB in [0, 1], shape (N, 3, H, W), to the same. Its
            ``checkpoint`` names its weights.
        frozen: Keep the derainer as it is when the detector is trained.
            Defaults to True.
    """

    def __init__(self,
                 base: nn.Module | dict,
                 derainer: nn.Module | dict,
                 frozen: bool = True) -> None:
        super().__init__()
        self.base = MODELS.build(base) if isinstance(base, dict) else base
        self.derainer = MODELS.build(derainer) if isinstance(
            derainer, dict) else derainer
        self.frozen = frozen
        if frozen:
            self.derainer.requires_grad_(False).eval()

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__('base'), name)

    def train(self, mode: bool = True) -> 'DerainingPreprocessor':
        """Set the mode; a frozen derainer stays in evaluation mode."""
        super().train(mode)
        if self.frozen:
            self.derainer.eval()
        return self

    def forward(self, data: dict, training: bool = False) -> dict:
        """Preprocess a batch.

        Args:
            data: ``inputs``, images of shape (3, H, W) or a batch of them, and
                ``data_samples``. Stays as it is.
            training: Whether the batch is for training. Defaults to False.

        Returns:
            What the detector's own preprocessor makes of the derained images.
        """
        data = dict(self.cast_data(data))
        images = data['inputs']
        derained = [self.clean(image) for image in images]
        data['inputs'] = torch.stack(derained) if isinstance(
            images, Tensor) else derained
        return self.base(data, training)

    def clean(self, image: Tensor) -> Tensor:
        """Derain one image as a pipeline packs it.

        Args:
            image: BGR in [0, 255]. Shape (3, H, W).

        Returns:
            BGR in [0, 255], float. Shape (3, H, W).
        """
        rgb = image.flip(0).float() / 255
        return self.derainer(rgb[None])[0].clamp(0, 1).flip(0) * 255

    def _load_from_state_dict(self, state_dict: dict, prefix: str, *args: Any,
                              **kwargs: Any) -> None:
        """Load; weights of a bare detector leave the derainer's as they are.

        That holds for a derainer that came with a checkpoint; any other is
        reported as missing.
        """
        keep_own_weights(self.derainer, state_dict, f'{prefix}derainer.')
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
