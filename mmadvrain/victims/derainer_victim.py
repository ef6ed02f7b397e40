from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmadvrain.functional.pixel_space import image_hw
from mmadvrain.functional.resize_pad import ResizePad, resize_pad
from mmadvrain.models.derainers.derain_model import DerainModel
from mmadvrain.structures.derain_data_sample import DerainDataSample
from mmadvrain.typing import Image, SizeHW

from .attacked_model import AttackedModel


@dataclass
class DerainerOutputs:
    """What one forward pass of a derainer made of a batch.

    Attributes:
        model: The derainer.
        derained: RGB, not clamped. Shape (N, 3, H, W).
        clean: What it was to come to, RGB in [0, 1]. Shape (N, 3, H, W).
    """
    model: DerainModel
    derained: Tensor
    clean: Tensor

    def __len__(self) -> int:
        return len(self.derained)

    def cut_features(self) -> None:
        """See :class:`VictimOutputs`; a derainer's output is an image."""


class DerainerVictim(AttackedModel[DerainDataSample, DerainerOutputs]):
    """A derainer, attacked by the rain that it is to take away.

    Targets have ``clean``, of floating point in [0, 1].
    """
    model: DerainModel

    def batch_shape(self, target: DerainDataSample) -> SizeHW:
        """See :class:`AttackedModel`; height and width."""
        return image_hw(target.clean)

    def moved(self, target: DerainDataSample, place: ResizePad,
              size_hw: SizeHW) -> DerainDataSample:
        """See :class:`AttackedModel`; the clean image moves along."""
        return DerainDataSample(clean=resize_pad(target.clean, place))

    def forward(self, images: Sequence[Image],
                targets: Sequence[DerainDataSample]) -> DerainerOutputs:
        """See :class:`AttackedModel`."""
        rainy = torch.stack([image.to(self.device) for image in images])
        clean = torch.stack([target.clean for target in targets])
        return DerainerOutputs(self.model, self.model.derainer(rainy),
                               clean.to(self.device))
