"""Kinds of error of a detector on one image."""
from dataclasses import dataclass

import numpy as np

from .overlaps import covered_share, iou_matrix

RIGHT = 'right'
IGNORED = 'ignored'
MISSED = 'missed'
WRONG = ('misclassified', 'mislocalised', 'both', 'duplicate', 'invented')
"""Kinds of a detection that is not right."""
KINDS = (MISSED, *WRONG)


@dataclass(frozen=True)
class DetectionErrors:
    """What became of the detections and objects of one image.

    Attributes:
        kinds: Of each detection, in the order given: ``right``, one of
            :data:`WRONG`, or ``ignored``.
        match: Of each object the detection that found it, -1 where none did.
            Shape (m,).
        missed: Whether an object was neither found nor pointed to by a
            detection that is misclassified or mislocalised. Shape (m,).
    """
    kinds: list[str]
    match: np.ndarray
    missed: np.ndarray

    def count(self) -> dict[str, int]:
        """How often each of :data:`KINDS` occurs."""
        return {
            MISSED: int(self.missed.sum()),
            **{
                kind: self.kinds.count(kind)
                for kind in WRONG
            }
        }


def detection_errors(boxes: np.ndarray,
                     scores: np.ndarray,
                     labels: np.ndarray,
                     objects: np.ndarray,
                     object_labels: np.ndarray,
                     regions: np.ndarray | None = None,
                     found_iou: float = 0.5,
                     near_iou: float = 0.1) -> DetectionErrors:
    """Tell the kinds of error of one image apart.

    Source: the definitions of Bolya et al., TIDE (ECCV 2020), section 2.2,
    with its two thresholds. Differs from it in that errors are counted, not
    weighed by the AP that mending them would bring, so only detections above
    the score that a user acts on should be given.

    Best score first, a detection finds the object of its class that overlaps
    it most and is not yet found, from ``found_iou`` on. What finds none is

    - ``mislocalised``: overlaps an object of its class by ``near_iou`` to
      ``found_iou``;
    - ``misclassified``: overlaps an object of another class by ``found_iou``;
    - ``duplicate``: overlaps an object of its class that was found already;
    - ``both``: overlaps an object of another class by ``near_iou`` at least;
    - ``invented``: overlaps no object.

    Args:
        boxes: Detections as (x1, y1, x2, y2) in pixels. Shape (n, 4).
        scores: In [0, 1]. Shape (n,).
        labels: Indices of their classes. Shape (n,).
        objects: Boxes of the truth. Shape (m, 4).
        object_labels: Their classes. Shape (m,).
        regions: Boxes that do not count, such as crowds: a wrong detection
            that lies in one by half is ``ignored``. Shape (r, 4). Defaults to
            None.
        found_iou: IoU from which an object is found. Defaults to 0.5.
        near_iou: IoU from which a detection is of an object. Defaults to 0.1.
    """
    boxes = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    objects = np.asarray(objects, dtype=np.float64).reshape(-1, 4)
    iou = iou_matrix(boxes, objects)
    same = np.asarray(labels)[:, None] == np.asarray(object_labels)[None]
    of_class = np.where(same, iou, 0.)
    match = _match(of_class, np.asarray(scores), found_iou)
    others = np.where(same, 0., iou)
    found = set(match.tolist())
    regions = np.reshape([] if regions is None else regions, (-1, 4))
    inside = np.any(covered_share(boxes, regions) >= 0.5, axis=1)
    kinds, pointed = [], np.asarray(match >= 0)
    for place in range(len(boxes)):
        kind, what = _kind(of_class[place], others[place], found_iou, near_iou)
        if place in found:
            kind = RIGHT
        elif inside[place]:
            kind = IGNORED
        elif kind in ('misclassified', 'mislocalised'):
            pointed[what] = True
        kinds.append(kind)
    return DetectionErrors(kinds, match, ~pointed)


def _match(overlap: np.ndarray, scores: np.ndarray,
           found_iou: float) -> np.ndarray:
    """Detection of each object, -1 for none; best score first."""
    match = np.full(overlap.shape[1], -1)
    if not overlap.shape[1]:
        return match
    for place in np.argsort(-scores, kind='stable'):
        free = np.where(match < 0, overlap[place], -1.)
        best = int(free.argmax())
        if free[best] >= found_iou:
            match[best] = place
    return match


def _kind(same: np.ndarray, others: np.ndarray, found_iou: float,
          near_iou: float) -> tuple[str, int]:
    """Kind of a detection that found nothing, and the object it is about."""
    if not len(same):
        return 'invented', -1
    own, other = int(same.argmax()), int(others.argmax())
    if near_iou <= same[own] < found_iou:
        return 'mislocalised', own
    if others[other] >= found_iou:
        return 'misclassified', other
    if same[own] >= found_iou:
        return 'duplicate', own
    return ('both' if others[other] >= near_iou else 'invented'), other
