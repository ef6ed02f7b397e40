"""Bootstrap over images of COCO's average precision."""
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from .bootstrap import Interval, bootstrap_interval
from .coco_eval import coco_evaluation

#: Numbers of one block of samples and detections, which bounds the memory.
_BLOCK = 2**22


class ClassMatches(NamedTuple):
    """What became of the detections of one class, best score first.

    Attributes:
        image: Place of each detection's image. Shape (D,).
        hit: Whether it found an object, at each IoU threshold. Shape (T, D).
        ignored: Whether it does not count. Shape (T, D).
        objects: How many objects each image has. Shape (N,).
    """
    image: np.ndarray
    hit: np.ndarray
    ignored: np.ndarray
    objects: np.ndarray


def coco_intervals(annotations: dict,
                   detections: list[dict],
                   image_ids: Sequence,
                   category_ids: Sequence[int],
                   iou_thrs: Sequence[float],
                   draws: int = 2000,
                   level: float = 0.95,
                   seed: int = 0) -> dict[str, Interval]:
    """Confidence intervals over images of AP and AP50.

    Detections are matched to objects once, image by image; a sample of images
    weights them by how often their image was drawn. That is the AP of a data
    set that holds these images, some of them several times; where scores are
    equal, detections of one image stand together.

    Args:
        annotations: As for :func:`coco_precision`.
        detections: As there.
        image_ids: As there.
        category_ids: As there.
        iou_thrs: As there.
        draws: As for :func:`bootstrap_interval`. Defaults to 2000.
        level: As there. Defaults to 0.95.
        seed: As there. Defaults to 0.

    Returns:
        ``mAP`` over all thresholds, and ``mAP_50`` where 0.5 is one; in [0,
        1], NaN where no class has an object.
    """
    matches = coco_matches(annotations, detections, image_ids, category_ids,
                           iou_thrs)
    wanted = dict(mAP=list(range(len(iou_thrs))))
    half = [i for i, thr in enumerate(iou_thrs) if abs(thr - .5) < 1e-9]
    if half:
        wanted['mAP_50'] = half
    return {
        name:
        bootstrap_interval(
            partial(resampled_precision, matches, at=at), len(image_ids),
            level, draws, seed)
        for name, at in wanted.items()
    }


def coco_matches(annotations: dict, detections: list[dict],
                 image_ids: Sequence, category_ids: Sequence[int],
                 iou_thrs: Sequence[float]) -> list[ClassMatches]:
    """Match detections to objects as pycocotools does.

    Args:
        annotations: As for :func:`coco_precision`.
        detections: As there.
        image_ids: As there.
        category_ids: As there.
        iou_thrs: As there.

    Returns:
        Of each class, objects of any size.
    """
    evaluation = coco_evaluation(
        annotations,
        detections,
        image_ids,
        category_ids,
        iou_thrs,
        faster=False)
    count = len(image_ids)
    areas = len(evaluation.params.areaRng)
    found = []
    for number in range(len(evaluation.params.catIds)):
        first = number * areas * count  # the first area is "all"
        images = [(place, one)
                  for place, one in enumerate(evaluation.evalImgs[first:first +
                                                                  count])
                  if one is not None]
        objects = np.zeros(count, dtype=np.int64)
        for place, one in images:
            objects[place] = np.count_nonzero(np.equal(one['gtIgnore'], 0))
        if not objects.any():
            continue
        order = np.argsort(
            -np.concatenate([one['dtScores'] for _, one in images]),
            kind='stable')
        ignored = np.concatenate([one['dtIgnore'] for _, one in images], 1)
        hit = np.concatenate([one['dtMatches'] for _, one in images], 1) > 0
        image = np.repeat([place for place, _ in images],
                          [len(one['dtScores']) for _, one in images])
        ignored = ignored[:, order].astype(bool)
        found.append(
            ClassMatches(image[order], hit[:, order] & ~ignored, ignored,
                         objects))
    return found


def resampled_precision(matches: Sequence[ClassMatches], index: np.ndarray,
                        at: Sequence[int]) -> np.ndarray:
    """COCO's AP of samples of images.

    Args:
        matches: Of each class.
        index: Images of each sample. Shape (S, N).
        at: Which IoU thresholds.

    Returns:
        Mean over thresholds and over the classes that the sample has objects
        of; NaN where there is none. Shape (S,).
    """
    largest = max([len(one.image) for one in matches] + [1])
    step = max(1, _BLOCK // largest)
    parts = []
    for start in range(0, len(index), step):
        block = index[start:start + step]
        weights = np.stack(
            [np.bincount(row, minlength=block.shape[1]) for row in block])
        total, classes = np.zeros(len(block)), np.zeros(len(block))
        for one in matches:
            objects = weights @ one.objects
            there = objects > 0
            total[there] += _class_precision(one, weights[there],
                                             objects[there], at)
            classes += there
        parts.append(np.where(classes, total / np.maximum(classes, 1), np.nan))
    return np.concatenate(parts)


def _class_precision(one: ClassMatches, weights: np.ndarray,
                     objects: np.ndarray, at: Sequence[int]) -> np.ndarray:
    """AP of one class in samples that have objects of it; shape (S,).

    Recall rises at hits only, so precision is looked at there alone.
    """
    drawn = weights[:, one.image]
    seen = drawn.cumsum(1)
    recalls = np.linspace(0, 1, 101)
    total = np.zeros(len(weights))
    for thr in at:
        hits = np.flatnonzero(one.hit[thr])
        if not len(hits):
            continue
        skipped = np.flatnonzero(one.ignored[thr])
        passed = np.zeros((len(weights), len(skipped) + 1), dtype=seen.dtype)
        passed[:, 1:] = drawn[:, skipped].cumsum(1)
        counted = seen[:, hits] - passed[:, np.searchsorted(skipped, hits)]
        right = drawn[:, hits].cumsum(1)
        precision = right / (counted + np.spacing(1))
        best = np.maximum.accumulate(precision[:, ::-1], 1)[:, ::-1]
        reached = np.searchsorted(recalls, right / objects[:, None], 'right')
        # a recall of 0 counts from the first detection on
        new = np.diff(reached, axis=1, prepend=0)
        total += (best * new).sum(1) / len(recalls)
    return total / len(at)
