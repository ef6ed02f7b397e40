"""Which KITTI object goes to which detection: flags and the two passes."""
from typing import NamedTuple

import numpy as np

from .overlaps import covered_share, iou_matrix


class Difficulty(NamedTuple):
    """Limits of a level of KITTI's 2D benchmark.

    Attributes:
        min_height: Pixels; objects must be taller, detections at least as
            tall.
        max_occlusion: Highest occlusion level that counts.
        max_truncation: Highest truncation that counts, in [0, 1].
    """

    min_height: float
    max_occlusion: int
    max_truncation: float


DIFFICULTIES = dict(
    easy=Difficulty(40, 0, 0.15),
    moderate=Difficulty(25, 1, 0.30),
    hard=Difficulty(25, 2, 0.50))
#: Classes that are ignored, not wrong, for a class (lower case).
NEIGHBOURS = {'car': 'van', 'pedestrian': 'person_sitting'}
VALID, IGNORED, SKIPPED = 0, 1, -1


class KittiImage(NamedTuple):
    """What the matching needs of one image, once for all classes.

    Attributes:
        names: Lower-case names of the objects. Shape (g,).
        heights: Heights of the objects in pixels. Shape (g,).
        occluded: Occlusion of the objects. Shape (g,).
        truncated: Truncation of the objects. Shape (g,).
        det_names: Lower-case names of the detections. Shape (d,).
        det_heights: Heights of the detections. Shape (d,).
        scores: Shape (d,).
        iou: Detections against objects. Shape (d, g).
        dont_care: Largest share of each detection inside one DontCare region.
            Shape (d,).
    """

    names: np.ndarray
    heights: np.ndarray
    occluded: np.ndarray
    truncated: np.ndarray
    det_names: np.ndarray
    det_heights: np.ndarray
    scores: np.ndarray
    iou: np.ndarray
    dont_care: np.ndarray


def prepare_image(gt: dict, det: dict, where: str) -> KittiImage:
    """Overlaps, heights and names of an image.

    Args:
        gt: ``name``, ``bbox``, ``occluded``, ``truncated`` as
            :func:`~mmadvrain.datasets.kitti_format.read_kitti_file` gives
            them.
        det: ``name``, ``bbox`` and ``score``.
        where: The image, for error messages.

    Returns:
        Ready for :func:`flag_image` and the passes.

    Raises:
        ValueError: Arrays disagree in length or hold NaN or infinity.
    """
    boxes = _boxes(gt, ('occluded', 'truncated'), f'{where}, ground truth')
    det_boxes = _boxes(det, ('score', ), f'{where}, detections')
    regions = boxes[[name == 'DontCare' for name in gt['name']]]
    share = covered_share(det_boxes, regions)
    return KittiImage(
        names=np.array([name.lower() for name in gt['name']], dtype=str),
        heights=boxes[:, 3] - boxes[:, 1],
        occluded=np.asarray(gt['occluded']),
        truncated=np.asarray(gt['truncated'], dtype=np.float64),
        det_names=np.array([name.lower() for name in det['name']], dtype=str),
        det_heights=np.abs(det_boxes[:, 3] - det_boxes[:, 1]),
        scores=np.asarray(det['score'], dtype=np.float64),
        iou=iou_matrix(det_boxes, boxes),
        dont_care=share.max(axis=1, initial=0.))


def _boxes(arrays: dict, others: tuple[str, ...], where: str) -> np.ndarray:
    num = len(arrays['name'])
    boxes = np.asarray(arrays['bbox'], dtype=np.float64)
    if num == 0 and boxes.size == 0:
        boxes = boxes.reshape(0, 4)
    if boxes.shape != (num, 4):
        raise ValueError(f'{where}: wanted bbox of shape ({num}, 4) for {num} '
                         f'names, got {boxes.shape}')
    if not np.isfinite(boxes).all():
        raise ValueError(f'{where}: wanted finite boxes, got {boxes.tolist()}')
    for key in others:
        values = np.asarray(arrays[key], dtype=np.float64)
        if values.shape != (num, ):
            raise ValueError(f'{where}: wanted {key!r} of shape ({num},), got '
                             f'{values.shape}')
        if not np.isfinite(values).all():
            raise ValueError(f'{where}: wanted finite {key!r}, got '
                             f'{values.tolist()}')
    return boxes


def flag_image(image: KittiImage, name: str,
               level: Difficulty) -> tuple[np.ndarray, np.ndarray]:
    """Which objects and detections count for a class at a difficulty.

    Objects: valid if of the class and inside the limits; ignored if of the
    class but too hard, or of its neighbour class; skipped otherwise.
    Detections: height is looked at before class, so a low box of any class is
    ignored; then valid if of the class, skipped otherwise.

    Args:
        image: The image.
        name: The class, in any case.
        level: The limits.

    Returns:
        ``VALID``, ``IGNORED`` or ``SKIPPED`` for objects (g,) and detections
        (d,).
    """
    name = name.lower()
    same = image.names == name
    hard = ((image.occluded > level.max_occlusion) |
            (image.truncated > level.max_truncation) |
            (image.heights <= level.min_height))
    gt_flags = np.full(same.shape, SKIPPED)
    gt_flags[same] = VALID
    gt_flags[same & hard] = IGNORED
    if name in NEIGHBOURS:
        gt_flags[image.names == NEIGHBOURS[name]] = IGNORED

    det_flags = np.full(image.det_names.shape, SKIPPED)
    det_flags[image.det_names == name] = VALID
    det_flags[image.det_heights < level.min_height] = IGNORED
    return gt_flags, det_flags


def true_positive_scores(image: KittiImage, gt_flags: np.ndarray,
                         det_flags: np.ndarray,
                         min_overlap: float) -> np.ndarray:
    """Pass 1: each object takes its highest-scoring free detection.

    Objects are served in file order, ignored ones too; ignored detections
    compete by score alone. Ties go to the first detection of the file.

    Args:
        image: The image.
        gt_flags: Of :func:`flag_image`. Shape (g,).
        det_flags: Likewise. Shape (d,).
        min_overlap: IoU must be strictly greater.

    Returns:
        Scores of pairs in which neither side is ignored.
    """
    candidates = _candidates(image, gt_flags, det_flags, min_overlap)
    free = np.ones(det_flags.shape, dtype=bool)
    scores = []
    for obj in np.flatnonzero(candidates.any(axis=0)):
        taken = np.flatnonzero(candidates[:, obj] & free)
        if taken.size == 0:
            continue
        best = taken[image.scores[taken].argmax()]
        free[best] = False
        if gt_flags[obj] == VALID and det_flags[best] == VALID:
            scores.append(image.scores[best])
    return np.array(scores, dtype=np.float64)


def count_matches(image: KittiImage, gt_flags: np.ndarray,
                  det_flags: np.ndarray, min_overlap: float,
                  thresholds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pass 2: each object takes the free detection of largest overlap.

    All thresholds at once. A valid detection beats an ignored one even at
    smaller overlap; of ignored ones the first of the file is used, and only if
    nothing else matches. What is left over of the class is a false positive,
    unless more of it than ``min_overlap`` lies in one DontCare region.

    Args:
        image: The image.
        gt_flags: Of :func:`flag_image`. Shape (g,).
        det_flags: Likewise. Shape (d,).
        min_overlap: IoU, and the share inside a DontCare region, must be
            strictly greater.
        thresholds: Detections of lower score are dropped. Shape (t,).

    Returns:
        True and false positives at each threshold. Shapes (t,).
    """
    valid = det_flags == VALID
    free = image.scores[None] >= thresholds[:, None]
    candidates = _candidates(image, gt_flags, det_flags, min_overlap)
    true_positives = np.zeros(len(thresholds), dtype=np.int64)
    for obj in np.flatnonzero(candidates.any(axis=0)):
        columns = np.flatnonzero(candidates[:, obj])
        open_ = free[:, columns]
        counted = open_ & valid[columns]
        ignored = open_ & ~valid[columns]
        overlap = np.where(counted, image.iou[columns, obj], -1.)
        has_counted = counted.any(axis=1)
        pick = np.where(has_counted, overlap.argmax(axis=1),
                        ignored.argmax(axis=1))
        rows = np.flatnonzero(open_.any(axis=1))
        free[rows, columns[pick[rows]]] = False
        if gt_flags[obj] == VALID:
            true_positives += has_counted
    wrong = free & (valid & (image.dont_care <= min_overlap))
    return true_positives, wrong.sum(axis=1)


def _candidates(image: KittiImage, gt_flags: np.ndarray, det_flags: np.ndarray,
                min_overlap: float) -> np.ndarray:
    return ((image.iou > min_overlap) & (det_flags != SKIPPED)[:, None] &
            (gt_flags != SKIPPED)[None])
