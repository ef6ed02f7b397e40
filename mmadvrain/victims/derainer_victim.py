from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

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
        derained: RGB, not clamped. Shape (3, H, W) each.
        clean: What it was to come to, RGB in [0, 1]. Shape (3, H, W) each.
    """
    model: DerainModel
    derained: list[Tensor]
    clean: list[Tensor]

    def __len__(self) -> int:
        return len(self.derained)

    def cut_features(self) -> None:
        """See :class:`VictimOutputs`; a derainer's output is an image."""


class DerainerVictim(AttackedModel[DerainDataSample, DerainerOutputs]):
    """A derainer, attacked by the rain that it is to take away.

    Targets have ``clean``, of floating point in [0, 1].
    """
    model: DerainModel

    def moved(self, target: DerainDataSample, place: ResizePad,
              size_hw: SizeHW) -> DerainDataSample:
        """See :class:`AttackedModel`; the clean image moves along."""
        return DerainDataSample(clean=resize_pad(target.clean, place))

    def forward(self, images: Sequence[Image],
                targets: Sequence[DerainDataSample]) -> DerainerOutputs:
        """See :class:`AttackedModel`."""
        derained = [
            self.model.derainer(image.to(self.device)[None])[0]
            for image in images
        ]
        clean = [target.clean.to(self.device) for target in targets]
        return DerainerOutputs(self.model, derained, clean)
