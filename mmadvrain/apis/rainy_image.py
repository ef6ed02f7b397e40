from dataclasses import dataclass, field

import numpy as np
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData

from mmadvrain.evaluation.functional.overlaps import iou_matrix
from mmadvrain.evaluation.page.rain_words import rain_words
from mmadvrain.rain import Drops, RainFactors
from mmadvrain.structures.params import Params
from mmadvrain.typing import BgrLevels


@dataclass
class RainyImage:
    """What :class:`AdvRainInferencer` made of one image.

    Attributes:
        name: Of the image, relative, without suffix.
        clean: The image.
        image: The image in adversarial rain.
        factors: The rain, such as :class:`RainFactors`.
        measures: How much rain there is: area, brightness and such.
        truth: ``bboxes`` and ``labels`` of what is taken for true, in pixels.
        before: What the detector sees on the clean image.
        after: What it sees on the rainy one, as 8 bits.
        panel: Clean image, rain alone and rainy image, with detections.
        losses: Of each objective and step; they are minimised.
        flags: Checks that failed, see ``docs/flags.md``.
        min_score: Least score of a detection that counts.
        classes: Names of the labels.
    """
    name: str
    clean: BgrLevels
    image: BgrLevels
    factors: Params
    measures: dict[str, float]
    truth: InstanceData
    before: DetDataSample
    after: DetDataSample
    panel: BgrLevels
    losses: dict[str, list[float]]
    flags: list[str]
    min_score: float
    classes: list[str] = field(repr=False)

    @property
    def lost(self) -> list[bool]:
        """Whether each object of :attr:`truth` is missed in the rain."""
        return self.missed_in(self.after)

    def missed_in(self, sample: DetDataSample) -> list[bool]:
        """Whether each object of :attr:`truth` is missed by some detections.

        Args:
            sample: Detections on this image in whatever weather.

        Returns:
            True where no detection of the object's class with a score of
            ``min_score`` or more overlaps it by an IoU of 0.5 or more.
        """
        return missed(self.truth, sample, self.min_score)

    @property
    def rain(self) -> list[str]:
        """What the rain is, in words."""
        factors = self.factors
        return rain_words(
            factors if isinstance(factors, (RainFactors, Drops)) else None,
            dict(self.measures))

    def __str__(self) -> str:
        """One line: what is lost, in what rain, and what was flagged."""
        kinds = [
            self.classes[label]
            for label, lost in zip(self.truth.labels.tolist(), self.lost)
            if lost
        ]
        names = ', '.join(f'{kinds.count(kind)} {kind}'
                          for kind in dict.fromkeys(kinds))
        return (f'{self.name}: {len(kinds)} of {len(self.lost)} objects lost' +
                (f' ({names})' if names else '') +
                f'; rain: {", ".join(self.rain)}' +
                (f'; flags: {", ".join(self.flags)}' if self.flags else ''))


def missed(truth: InstanceData, sample: DetDataSample,
           min_score: float) -> list[bool]:
    """Whether each object is missed by some detections.

    Args:
        truth: ``bboxes`` and ``labels`` of the objects, in pixels.
        sample: The detections.
        min_score: Least score of one that counts.

    Returns:
        True where no detection of the object's class with that score or more
        overlaps it by an IoU of 0.5 or more.
    """
    seen = sample.pred_instances
    seen = seen[seen.scores >= min_score]
    overlaps = iou_matrix(truth.bboxes.double().numpy(),
                          seen.bboxes.double().numpy())
    same = truth.labels.numpy()[:, None] == seen.labels.numpy()
    hit = ((overlaps >= 0.5) & same).any(1)
    return [bool(lost) for lost in np.logical_not(hit)]
