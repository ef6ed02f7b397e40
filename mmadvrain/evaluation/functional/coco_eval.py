"""COCO average precision of boxes by faster-coco-eval or pycocotools."""
import contextlib
import importlib.util
import io
from collections.abc import Sequence
from typing import Any

import numpy as np

#: COCO's limit on detections per image and class.
MAX_DETS = 100
#: Names of COCO's area ranges, in the order of the precision array.
AREAS = ('', '_s', '_m', '_l')


def has_faster_coco_eval() -> bool:
    """Whether faster-coco-eval is installed.

    Returns:
        It can be imported.
    """
    return importlib.util.find_spec('faster_coco_eval') is not None


def coco_precision(annotations: dict,
                   detections: list[dict],
                   image_ids: Sequence,
                   category_ids: Sequence[int],
                   iou_thrs: Sequence[float],
                   max_dets: int = MAX_DETS,
                   faster: bool | None = None) -> np.ndarray:
    """Precision at COCO's 101 recalls.

    No detection at all is a result like any other, with precision 0.

    Args:
        annotations: A COCO annotation file as read. Not changed.
        detections: COCO results: ``image_id``, ``bbox`` as (x, y, width,
            height) in pixels, ``score``, ``category_id``.
        image_ids: Images to evaluate, any hashable ids.
        category_ids: Categories to evaluate.
        iou_thrs: IoU thresholds, T of them.
        max_dets: Detections that count per image and category. Defaults to
            100.
        faster: Whether to use faster-coco-eval. Defaults to None: where it is
            installed.

    Returns:
        In [0, 1], -1 where no object is in range. Categories in the order of
        their sorted ids; areas all, small, medium, large. Shape (T, 101,
        categories, 4).

    Raises:
        ImportError: ``faster`` is asked for and not installed.
        ValueError: A detection of an image that is not in ``image_ids``.
    """
    evaluation = coco_evaluation(annotations, detections, image_ids,
                                 category_ids, iou_thrs, max_dets, faster)
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation.accumulate()
    return np.asarray(evaluation.eval['precision'])[..., 0]


def coco_evaluation(annotations: dict,
                    detections: list[dict],
                    image_ids: Sequence,
                    category_ids: Sequence[int],
                    iou_thrs: Sequence[float],
                    max_dets: int = MAX_DETS,
                    faster: bool | None = None) -> Any:
    """Match detections to objects, image by image.

    Args:
        annotations: As for :func:`coco_precision`.
        detections: As there.
        image_ids: As there.
        category_ids: As there.
        iou_thrs: As there.
        max_dets: As there. Defaults to 100.
        faster: As there. Defaults to None.

    Returns:
        Evaluated, not accumulated; images in the order given.

    Raises:
        ImportError: As there.
        ValueError: As there.
    """
    if faster is None:
        faster = has_faster_coco_eval()
    number = {image_id: i for i, image_id in enumerate(image_ids, 1)}
    strangers = {det['image_id'] for det in detections} - number.keys()
    if strangers:
        raise ValueError('wanted detections of evaluated images only, got '
                         f'some of {sorted(strangers, key=str)[:5]}')
    # ids from 1: pycocotools takes a match with object 0 for none
    truth = _dataset(annotations, number, [
        dict(
            ann,
            image_id=number[ann['image_id']],
            id=i,
            area=ann.get('area', ann['bbox'][2] * ann['bbox'][3]),
            iscrowd=ann.get('iscrowd', 0))
        for i, ann in enumerate(annotations.get('annotations', ()), 1)
        if ann['image_id'] in number
    ])
    found = _dataset(annotations, number, [
        dict(
            det,
            image_id=number[det['image_id']],
            id=i,
            area=det['bbox'][2] * det['bbox'][3],
            iscrowd=0) for i, det in enumerate(detections, 1)
    ])
    coco_class, eval_class = _backend(faster)
    # both tools report their progress on standard output
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = eval_class(
            _load(coco_class, truth), _load(coco_class, found), 'bbox')
        evaluation.params.imgIds = sorted(number.values())
        evaluation.params.catIds = sorted(category_ids)
        evaluation.params.iouThrs = np.asarray(iou_thrs, dtype=np.float64)
        evaluation.params.maxDets = [max_dets]
        evaluation.evaluate()
    return evaluation


def _backend(faster: bool) -> tuple:
    if faster:
        try:
            from faster_coco_eval import COCO, COCOeval_faster
        except ImportError as error:
            raise ImportError('wanted faster-coco-eval, which is not '
                              'installed: pip install faster-coco-eval, or '
                              'faster=None') from error
        return COCO, COCOeval_faster
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
    return COCO, COCOeval


def _dataset(annotations: dict, number: dict, boxes: list[dict]) -> dict:
    return dict(
        info={},
        images=[dict(id=i, width=0, height=0) for i in number.values()],
        categories=[dict(cat) for cat in annotations['categories']],
        annotations=boxes)


def _load(coco_class: type, dataset: dict):
    coco = coco_class()
    coco.dataset = dataset
    coco.createIndex()
    return coco


def mean_precision(precision: np.ndarray, nothing: float = -1.) -> float:
    """Mean over whatever is not -1, which marks "no object in range".

    Args:
        precision: A part of what :func:`coco_precision` returns.
        nothing: What to return where nothing is left. Defaults to -1, as
            COCO's tools do.

    Returns:
        In [0, 1], or ``nothing``.
    """
    valid = precision[precision > -1]
    return float(valid.mean()) if valid.size else nothing


def coco_summary(precision: np.ndarray,
                 iou_thrs: Sequence[float]) -> dict[str, float]:
    """COCO's headline numbers for any thresholds, unrounded.

    Args:
        precision: Of :func:`coco_precision`. Shape (T, 101, categories, 4).
        iou_thrs: Its thresholds, T of them.

    Returns:
        ``mAP`` over all thresholds, ``mAP_s``, ``mAP_m`` and ``mAP_l`` by
        area, and ``mAP_50`` and ``mAP_75``; where the thresholds are not
        COCO's ten, one entry for each of them instead of the last two.
    """
    summary = dict(mAP=mean_precision(precision[..., 0]))
    coco_thrs = np.linspace(.5, .95, 10)
    standard = (
        len(iou_thrs) == len(coco_thrs) and np.allclose(iou_thrs, coco_thrs))
    for i, thr in enumerate(iou_thrs):
        if not standard or round(thr * 100) in (50, 75):
            summary[f'mAP_{100 * thr:.4g}'] = mean_precision(precision[i, ...,
                                                                       0])
    for i, suffix in enumerate(AREAS[1:], 1):
        summary[f'mAP{suffix}'] = mean_precision(precision[..., i])
    return summary
