"""What rain did to each image, in errors of the detector."""
from collections.abc import Sequence
from dataclasses import dataclass, field

from mmadvrain.evaluation.functional.detection_errors import (
    IGNORED,
    KINDS,
    RIGHT,
    DetectionErrors,
    detection_errors,
)

from .run_folder import Boxes, RunImage


@dataclass
class Damage:
    """Errors on one image.

    Attributes:
        amount: F1 on the clean image less F1 on the adversarial one; of a
            classifier by how much its loss grew. None where that is not known.
        objects: Number of objects that count.
        errors: By view.
        shown: Detections that were counted, by view.
    """
    amount: float | None = None
    objects: int = 0
    errors: dict[str, DetectionErrors] = field(default_factory=dict)
    shown: dict[str, Boxes] = field(default_factory=dict)

    def counts(self, view: str) -> dict[str, int]:
        """How often each kind of error occurs on a view."""
        return self.errors[view].count()

    def f1(self, view: str) -> float:
        """Harmonic mean of precision and recall on a view.

        Returns:
            In [0, 1]; 1 where there is nothing to find and nothing found.
        """
        errors = self.errors[view]
        right = errors.kinds.count(RIGHT)
        wrong = len(errors.kinds) - right - errors.kinds.count(IGNORED)
        whole = right + wrong + self.objects
        return 2 * right / whole if whole else 1.


def damage_of(image: RunImage, score_thr: float) -> Damage:
    """Count the errors on the views of one image.

    Args:
        image: With the predictions of its views.
        score_thr: Least score of a detection that counts.
    """
    if image.truth is None:
        losses = [
            image.guesses.get(view, {}).get('loss')
            for view in ('clean', 'adversarial')
        ]
        known = [loss for loss in losses if loss is not None]
        return Damage(known[1] - known[0] if len(known) == 2 else None)
    counts = image.truth.scores > 0
    damage = Damage(objects=int(counts.sum()))
    for view, boxes in image.found.items():
        shown = damage.shown[view] = boxes.at_least(score_thr)
        damage.errors[view] = detection_errors(shown.boxes, shown.scores,
                                               shown.labels,
                                               image.truth.boxes[counts],
                                               image.truth.labels[counts],
                                               image.truth.boxes[~counts])
    if {'clean', 'adversarial'} <= damage.errors.keys():
        damage.amount = damage.f1('clean') - damage.f1('adversarial')
    return damage


def sum_errors(damages: Sequence[Damage],
               views: Sequence[str]) -> dict[str, dict[str, int]]:
    """Errors of all images.

    Args:
        damages: Of the images.
        views: Views to count.

    Returns:
        By kind, how many there are by view.
    """
    return {
        kind: {
            view:
            sum(d.counts(view)[kind] for d in damages if view in d.errors)
            for view in views
        }
        for kind in KINDS
    }
