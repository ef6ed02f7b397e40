"""COCO's AP of boxes, unrounded, by the fastest evaluator there is."""
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from mmdet.evaluation import CocoMetric
from mmengine.fileio import load
from mmengine.logging import MMLogger

from mmadvrain.evaluation.functional.coco_bootstrap import coco_intervals
from mmadvrain.evaluation.functional.coco_eval import (
    coco_precision,
    coco_summary,
    has_faster_coco_eval,
    mean_precision,
)
from mmadvrain.registry import METRICS


@METRICS.register_module()
class FastCocoMetric(CocoMetric):
    """MMDetection's ``CocoMetric`` for boxes with four differences.

    It uses faster-coco-eval where that is installed and pycocotools where not,
    with the same numbers; it does not round them; a detector that finds
    nothing at all gets 0 instead of no result; and it counts the images that
    passed through, saying so where they are fewer than the file's. Keys are
    those of ``CocoMetric`` (``bbox_mAP``, ``bbox_mAP_50``, ...); at any other
    set of IoU thresholds each has its own, such as ``bbox_mAP_70``. Every
    number is for COCO's 100 detections per image and class.

    Args:
        faster: Whether to use faster-coco-eval. Defaults to None: where it is
            installed.
        classwise: Whether to give ``{class}_precision``, NaN for a class
            without objects. Defaults to False.
        bootstrap: Samples of images for 95 percent confidence intervals of
            ``bbox_mAP`` and ``bbox_mAP_50``, as ``bbox_mAP_low``,
            ``bbox_mAP_high`` and so on, see :func:`coco_intervals`. 0 gives
            none. Defaults to 0.
        **kwargs: Of :class:`mmdet.evaluation.CocoMetric`; ``proposal_nums``
            and ``use_mp_eval`` have no effect.

    Raises:
        ValueError: A ``metric`` other than ``bbox``, ``format_only``, or a
            negative ``bootstrap``.
        ImportError: ``faster`` is True and faster-coco-eval is not installed.
    """

    def __init__(self,
                 faster: bool | None = None,
                 classwise: bool = False,
                 bootstrap: int = 0,
                 **kwargs: Any) -> None:
        super().__init__(classwise=classwise, **kwargs)
        if self.metrics != ['bbox'] or self.format_only:
            raise ValueError("wanted metric='bbox' and no format_only, got "
                             f'{self.metrics} and {self.format_only}; '
                             'CocoMetric has the others')
        if faster and not has_faster_coco_eval():
            raise ImportError('wanted faster-coco-eval, which is not '
                              'installed; faster=None falls back')
        if bootstrap < 0:
            raise ValueError('wanted a number of bootstrap samples or 0, got '
                             f'{bootstrap}')
        self.faster = faster
        self.bootstrap = bootstrap
        self.iou_thrs: list[float] = [
            float(thr) for thr in np.atleast_1d(self.iou_thrs)
        ]

    def compute_metrics(self, results: list[tuple]) -> dict[str, float]:
        """Average precision over the images that passed through.

        Args:
            results: Ground truth and detections per image.

        Returns:
            See the class; in [0, 1], -1 where there is no object in range.
        """
        logger: MMLogger = MMLogger.get_current_instance()
        gts = [gt for gt, _ in results]
        preds = [pred for _, pred in results]
        if self._coco_api is None:
            annotations = self._converted(gts)
            self.cat_ids = [cat['id'] for cat in annotations['categories']]
        else:
            annotations = self._coco_api.dataset
            self.cat_ids = self._coco_api.get_cat_ids(
                cat_names=self.dataset_meta['classes'])
        image_ids = list(dict.fromkeys(pred['img_id'] for pred in preds))
        if len(image_ids) < len(annotations['images']):
            logger.warning(f'evaluated {len(image_ids)} of '
                           f'{len(annotations["images"])} annotated images')
        if self.outfile_prefix is not None:
            self.results2json(preds, self.outfile_prefix)
        detections = self._detections(preds)
        precision = coco_precision(
            annotations,
            detections,
            image_ids,
            self.cat_ids,
            self.iou_thrs,
            faster=self.faster)
        summary = coco_summary(precision, self.iou_thrs)
        metrics = {f'bbox_{key}': value for key, value in summary.items()}
        if self.metric_items is not None:
            metrics = {
                f'bbox_{key}': metrics[f'bbox_{key}']
                for key in self.metric_items
            }
        if self.bootstrap:
            intervals = coco_intervals(
                annotations,
                detections,
                image_ids,
                self.cat_ids,
                self.iou_thrs,
                draws=self.bootstrap)
            for key, interval in intervals.items():
                if f'bbox_{key}' in metrics:
                    ends = np.nan_to_num(interval[1:], nan=-1.).tolist()
                    metrics[f'bbox_{key}_low'] = ends[0]
                    metrics[f'bbox_{key}_high'] = ends[1]
        if self.classwise:
            names = {
                cat['id']: cat['name']
                for cat in annotations['categories']
            }
            metrics.update({
                f'{names[cat_id]}_precision':
                mean_precision(precision[:, :, i, 0], nothing=float('nan'))
                for i, cat_id in enumerate(sorted(self.cat_ids))
            })
        logger.info(', '.join(f'{key} {value:.4f}'
                              for key, value in metrics.items()))
        return metrics

    def _converted(self, gts: list[dict]) -> dict:
        with tempfile.TemporaryDirectory() as folder:
            path = self.gt_to_coco_json(gts, str(Path(folder) / 'results'))
            return load(path)

    def _detections(self, preds: list[dict]) -> list[dict]:
        return [
            dict(
                image_id=pred['img_id'],
                bbox=self.xyxy2xywh(box),
                score=float(score),
                category_id=self.cat_ids[label])
            for pred in preds for box, score, label in zip(
                pred['bboxes'], pred['scores'], pred['labels'])
        ]
