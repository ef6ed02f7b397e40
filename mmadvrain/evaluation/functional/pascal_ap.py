"""PASCAL VOC average precision at one IoU, area and 11-point.

Source: the development kit of PASCAL VOC (Everingham et al., IJCV 2010):
detections of a class in order of score, each against the object it overlaps
most; a second detection of an object is wrong, one of a difficult object
counts neither way. The kit's pixel convention (+1) and its successors' (none)
are both there, and regions such as COCO's crowds or KITTI's DontCare are added
to it: a detection that would be wrong is dropped if enough of it lies inside.
"""
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .overlaps import covered_share, iou_matrix

#: Label of regions in which every class is ignored.
ANY_CLASS = -1


class PascalAP(NamedTuple):
    """Average precision of one class at one IoU.

    Attributes:
        area: Area under the monotone curve (VOC 2010 and later), in [0, 1];
            NaN where no object of the class counts.
        eleven_point: Mean of the curve at recalls 0, 0.1, ..., 1 (VOC 2007);
            likewise.
        num_objects: Objects that count: neither difficult nor regions.
        recall: In [0, 1], in order of score. Shape (n,).
        precision: In [0, 1]. Shape (n,).
    """

    area: float
    eleven_point: float
    num_objects: int
    recall: np.ndarray
    precision: np.ndarray


def area_ap(recall: np.ndarray, precision: np.ndarray) -> float:
    """Area under the curve after the running maximum from the right.

    Args:
        recall: Not falling, in [0, 1]. Shape (n,).
        precision: In [0, 1]. Shape (n,).

    Returns:
        In [0, 1].
    """
    recall = np.concatenate(([0.], recall, [1.]))
    precision = np.concatenate(([0.], precision, [0.]))
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    steps = np.flatnonzero(np.diff(recall))
    return float(
        ((recall[steps + 1] - recall[steps]) * precision[steps + 1]).sum())


def eleven_point_ap(recall: np.ndarray, precision: np.ndarray) -> float:
    """Mean of the best precision at recalls 0, 0.1, ..., 1 or beyond.

    The recalls are the floats ``i * 0.1`` of the development kit, so a recall
    of exactly 3/10, 6/10 or 7/10 falls just short of its point, as it does
    there.

    Args:
        recall: Not falling, in [0, 1]. Shape (n,).
        precision: In [0, 1]. Shape (n,).

    Returns:
        In [0, 1].
    """
    best = [
        precision[recall >= point].max(initial=0.)
        for point in np.arange(11) * 0.1
    ]
    return float(sum(best) / 11)


def match_image(overlap: np.ndarray, ignored: np.ndarray, covered: np.ndarray,
                iou_thr: float) -> tuple[np.ndarray, np.ndarray]:
    """Right and wrong detections of a class in one image.

    Args:
        overlap: IoU of detections, in order of score, and objects. Shape (d,
            g).
        ignored: Whether an object is difficult. Shape (g,).
        covered: Largest share of a detection inside a region. Shape (d,).
        iou_thr: The IoU that a match reaches.

    Returns:
        Booleans, true and false positive; a detection may be neither. Shapes
        (d,).
    """
    num_det, num_gt = overlap.shape
    right = np.zeros(num_det, dtype=bool)
    neither = covered >= iou_thr
    if num_gt and num_det:
        best = overlap.argmax(axis=1)
        highest = overlap[np.arange(num_det), best]
        hit = highest >= iou_thr
        of_ignored = hit & ignored[best]
        counted = np.flatnonzero(hit & ~of_ignored)
        _, first = np.unique(best[counted], return_index=True)
        right[counted[first]] = True
        neither = neither | of_ignored
    return right, ~right & ~neither


def pascal_ap(dets: Sequence[dict],
              gts: Sequence[dict],
              num_classes: int,
              iou_thrs: Sequence[float],
              plus: float = 0.) -> dict[float, list[PascalAP]]:
    """Average precision of every class at each of several IoU.

    Args:
        dets: Per image ``bboxes`` (x1, y1, x2, y2) in pixels (n, 4),
            ``scores`` (n,) and ``labels`` (n,), integers.
        gts: Per image, in the same order and the same coordinates, ``bboxes``
            (m, 4), ``labels`` (m,), ``ignored`` (m,), whether an object is
            difficult, and ``regions`` (m,), whether a box is no object but a
            region to be ignored; a region of every class has the label -1.
        num_classes: Labels are below it.
        iou_thrs: What a match must reach, in (0, 1].
        plus: Added to widths and heights: 1 is the convention of the
            development kit, 0 that of continuous coordinates. Defaults to 0.

    Returns:
        Per IoU one entry per class. Equal scores are taken in the order of
        images and detections.

    Raises:
        ValueError: Different numbers of images, labels out of range, or an IoU
            outside (0, 1].
    """
    if len(dets) != len(gts):
        raise ValueError('wanted detections for every image (empty is fine), '
                         f'got {len(dets)} for {len(gts)} images')
    for iou_thr in iou_thrs:
        if not 0 < iou_thr <= 1:
            raise ValueError(f'wanted IoU thresholds in (0, 1], got {iou_thr}')
    for i, (det, gt) in enumerate(zip(dets, gts)):
        for labels, least in ((det['labels'], 0), (gt['labels'], ANY_CLASS)):
            if np.any((labels < least) | (labels >= num_classes)):
                raise ValueError(f'image {i}: wanted labels from {least} to '
                                 f'{num_classes - 1}, got {np.unique(labels)}')

    num_objects = np.zeros(num_classes, dtype=np.int64)
    found_in: list[list[int]] = [[] for _ in range(num_classes)]
    for i, (det, gt) in enumerate(zip(dets, gts)):
        counted = gt['labels'][~(gt['ignored'] | gt['regions'])
                               & (gt['labels'] != ANY_CLASS)]
        num_objects += np.bincount(counted, minlength=num_classes)
        for label in np.unique(det['labels']):
            found_in[label].append(i)

    scores: dict[float, list[PascalAP]] = {thr: [] for thr in iou_thrs}
    for label, indices in enumerate(found_in):
        views = [_class_view(dets[i], gts[i], label, plus) for i in indices]
        order = np.argsort(
            -np.concatenate([view[0] for view in views] or [[]]),
            kind='stable')
        for iou_thr in iou_thrs:
            matched = [
                match_image(overlap, ignored, covered, iou_thr)
                for _, overlap, ignored, covered in views
            ]
            flags = np.concatenate(
                [np.stack(pair) for pair in matched]
                or [np.zeros((2, 0), dtype=bool)],
                axis=1)
            right, wrong = flags[:, order]
            scores[iou_thr].append(
                _curve(right, wrong, int(num_objects[label])))
    return scores


def _class_view(det: dict, gt: dict, label: int, plus: float) -> tuple:
    mine = np.flatnonzero(det['labels'] == label)
    mine = mine[np.argsort(-det['scores'][mine], kind='stable')]
    objects = (gt['labels'] == label) & ~gt['regions']
    boxes = np.asarray(det['bboxes'][mine], dtype=np.float64)
    overlap = iou_matrix(boxes, gt['bboxes'][objects], plus)
    regions = gt['regions'] & ((gt['labels'] == label) |
                               (gt['labels'] == ANY_CLASS))
    covered = covered_share(boxes, gt['bboxes'][regions], plus)
    return (det['scores'][mine], overlap, gt['ignored'][objects],
            covered.max(axis=1, initial=0.))


def _curve(right: np.ndarray, wrong: np.ndarray, num_objects: int) -> PascalAP:
    true_positives = np.cumsum(right)
    false_positives = np.cumsum(wrong)
    total = true_positives + false_positives
    precision = np.divide(
        true_positives, total, out=np.zeros(len(total)), where=total > 0)
    if num_objects == 0:
        nothing = np.zeros(len(total))
        return PascalAP(float('nan'), float('nan'), 0, nothing, precision)
    recall = true_positives / num_objects
    return PascalAP(
        area_ap(recall, precision), eleven_point_ap(recall, precision),
        num_objects, recall, precision)
