"""KITTI's 2D average precision in NumPy, R11 and R40.

Source: the development kit of the KITTI object benchmark (Geiger et al., CVPR
2012), whose rules surprise in several places: recall is never measured at a
threshold, matching is greedy in file order and differs between the pass that
finds the thresholds and the pass that counts, and height is looked at before
class. The result equals that of the reference implementation in Python to
rounding; unlike it, any number of images works and nothing is ever NaN.
"""
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from .kitti_matching import (
    DIFFICULTIES,
    VALID,
    count_matches,
    flag_image,
    prepare_image,
    true_positive_scores,
)

#: IoU, and share inside a DontCare region, that must be exceeded.
MIN_OVERLAPS = dict(Car=0.7, Pedestrian=0.5, Cyclist=0.5)
NUM_POINTS = 41


class KittiAP(NamedTuple):
    """Average precision of a class at a difficulty.

    Attributes:
        r11: Mean of the points 0, 4, ..., 40, in percent.
        r40: Mean of the points 1 to 40, in percent.
        num_valid: Objects that count. Where there are none, both averages are
            0.
        precision: The curve after the running maximum, in [0, 1]. Shape (41,).
        num_nan: Points at which nothing was left to divide (TP + FP = 0). The
            reference gives NaN there; here the point is 0 and this is the
            flag.
    """

    r11: float
    r40: float
    num_valid: int
    precision: np.ndarray
    num_nan: int


def score_thresholds(scores: Sequence[float], num_valid: int) -> np.ndarray:
    """Scores at which the curve is sampled, about every 40th of recall.

    Index i of the scores sorted downwards is passed over if the next one comes
    nearer to the recall wanted and it is not the last; the last is always
    taken. The wanted recall is summed in double, as the reference does: k/40
    would decide ties differently.

    Args:
        scores: Scores of the true positives of pass 1.
        num_valid: Objects that count, > 0 where there are scores.

    Returns:
        Thresholds downwards, at most 41.
    """
    ordered = np.sort(np.asarray(scores, dtype=np.float64))[::-1]
    wanted = 0.
    thresholds = []
    for i, score in enumerate(ordered):
        last = i == len(ordered) - 1
        left = (i + 1) / num_valid
        right = left if last else (i + 2) / num_valid
        if not last and right - wanted < wanted - left:
            continue
        thresholds.append(score)
        wanted += 1 / (NUM_POINTS - 1.)
    return np.array(thresholds[:NUM_POINTS], dtype=np.float64)


def average_precision(true_positives: np.ndarray,
                      false_positives: np.ndarray,
                      num_valid: int = 0) -> KittiAP:
    """Curve and both averages from the counts at each threshold.

    Points beyond the last threshold stay 0, so fewer than 41 objects can never
    reach 100.

    Args:
        true_positives: Shape (t,), t <= 41.
        false_positives: Shape (t,).
        num_valid: Passed on. Defaults to 0.

    Returns:
        With the precision made monotone from the right.
    """
    total = true_positives + false_positives
    filled = np.divide(
        true_positives, total, out=np.zeros(len(total)), where=total > 0)
    points = np.zeros(NUM_POINTS)
    points[:len(filled)] = filled
    precision = np.maximum.accumulate(points[::-1])[::-1]
    return KittiAP(
        r11=float(precision[::4].sum() / 11 * 100),
        r40=float(precision[1:].sum() / 40 * 100),
        num_valid=num_valid,
        precision=precision,
        num_nan=int((total == 0).sum()))


def kitti_ap(
        gts: Sequence[dict],
        dets: Sequence[dict],
        min_overlaps: Mapping[str, float] | None = None,
        names: Sequence[str] | None = None) -> dict[str, dict[str, KittiAP]]:
    """Average precision of every class at every difficulty.

    Args:
        gts: Per image the objects in file order, DontCare regions among them:
            ``name`` (list[str]), ``bbox`` (n, 4), ``truncated`` (n,) and
            ``occluded`` (n,).
        dets: Per image, in the same order, the detections: ``name``, ``bbox``
            and ``score`` (n,). An image without detections has empty arrays;
            it counts all the same.
        min_overlaps: Classes, each with the IoU a match must exceed. Defaults
            to :data:`MIN_OVERLAPS`.
        names: Of the images, for error messages. Defaults to None.

    Returns:
        Class, then ``easy``, ``moderate``, ``hard``.

    Raises:
        ValueError: Different numbers of images, malformed or non-finite
            arrays, or a limit outside [0, 1).
    """
    min_overlaps = MIN_OVERLAPS if min_overlaps is None else min_overlaps
    for name, limit in min_overlaps.items():
        if not 0 <= limit < 1:
            raise ValueError(f'wanted an overlap limit in [0, 1) for {name!r},'
                             f' got {limit}')
    if len(gts) != len(dets):
        raise ValueError('wanted detections for every image (empty is fine), '
                         f'got {len(dets)} for {len(gts)} images')
    if names is None:
        names = [f'image {i}' for i in range(len(gts))]
    images = [
        prepare_image(gt, det, where)
        for gt, det, where in zip(gts, dets, names)
    ]
    results: dict[str, dict[str, KittiAP]] = {}
    for name, limit in min_overlaps.items():
        results[name] = {
            key: _class_ap(images, name, level, limit)
            for key, level in DIFFICULTIES.items()
        }
    return results


def _class_ap(images: list, name: str, level, min_overlap: float) -> KittiAP:
    flagged = []
    scores: list[float] = []
    num_valid = 0
    for image in images:
        gt_flags, det_flags = flag_image(image, name, level)
        num_valid += int((gt_flags == VALID).sum())
        if len(image.scores):
            flagged.append((image, gt_flags, det_flags))
            scores.extend(
                true_positive_scores(image, gt_flags, det_flags, min_overlap))
    thresholds = score_thresholds(scores, num_valid)
    true_positives = np.zeros(len(thresholds), dtype=np.int64)
    false_positives = np.zeros(len(thresholds), dtype=np.int64)
    if len(thresholds):
        for image, gt_flags, det_flags in flagged:
            right, wrong = count_matches(image, gt_flags, det_flags,
                                         min_overlap, thresholds)
            true_positives += right
            false_positives += wrong
    return average_precision(true_positives, false_positives, num_valid)
