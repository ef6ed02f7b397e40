"""KITTI's 2D protocol as a metric."""
from collections.abc import Mapping, Sequence
from pathlib import Path

from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger

from mmadvrain.datasets.kitti_format import kitti_detections
from mmadvrain.evaluation.functional.kitti_eval import MIN_OVERLAPS, kitti_ap
from mmadvrain.evaluation.functional.kitti_summary import (
    format_table,
    summarise,
)
from mmadvrain.registry import METRICS

from .kitti_truth import KittiTruth


@METRICS.register_module()
class KittiMetric(BaseMetric):
    """R40 and R11 of KITTI's 2D object benchmark.

    Every image that passes through counts, also one without detections. The
    truth never comes from the data sample's boxes, which a pipeline may have
    resized, but from a COCO annotation file where one is given, else from the
    label as read (``kitti_annotations``, which the pipeline's last step must
    list among its ``meta_keys``).

    Returns, in percent and unrounded, under the prefix: ``{class}_{easy,
    moderate,hard}_{R40,R11}``, their plain mean over the classes as
    ``mAP_{difficulty}_{R40,R11}``, ``num_images``, and ``nan_points``, the
    number of points of all curves at which nothing was left to divide; they
    count as 0, where the reference gives NaN.

    Args:
        ann_file: COCO annotation file, best of
            ``tools/dataset_converters/kitti2coco.py``; images are found by
            name. Defaults to None.
        class_map: From the detector's class names to KITTI's; detections of
            other classes are dropped. COCO's are ``dict(car='Car',
            person='Pedestrian', bicycle='Cyclist')``. Defaults to None: names
            stay.
        pred_classes: The detector's class names in the order of its labels.
            Defaults to None: those of the data set.
        min_overlaps: Classes and the IoU that a match must exceed. Defaults to
            None: Car 0.7, Pedestrian 0.5, Cyclist 0.5.
        collect_device: Of the base class. Defaults to 'cpu'.
        prefix: Of the keys. Defaults to None: ``kitti``.

    Raises:
        ValueError: Classes do not fit.
    """

    default_prefix = 'kitti'
    reads_coco = True

    def __init__(self,
                 ann_file: str | None = None,
                 class_map: Mapping[str, str] | None = None,
                 pred_classes: Sequence[str] | None = None,
                 min_overlaps: Mapping[str, float] | None = None,
                 collect_device: str = 'cpu',
                 prefix: str | None = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        if isinstance(pred_classes, str):
            raise TypeError('wanted a sequence of names for pred_classes, got '
                            f'{pred_classes!r}')
        self.min_overlaps = dict(MIN_OVERLAPS if min_overlaps is
                                 None else min_overlaps)
        if not self.min_overlaps:
            raise ValueError('wanted classes in min_overlaps, got none')
        self.truth = KittiTruth(ann_file, class_map)
        self.class_map = None if class_map is None else dict(class_map)
        self.pred_classes = pred_classes

    def process(self, data_batch: object,
                data_samples: Sequence[dict]) -> None:
        """Keep detections and truth of a batch.

        Args:
            data_batch: Not used.
            data_samples: With ``pred_instances``, in pixels of the original
                image, ``img_path`` and, without ``ann_file``,
                ``kitti_annotations``.
        """
        for sample in data_samples:
            pred = sample['pred_instances']
            self.results.append(
                dict(
                    stem=Path(sample['img_path']).stem,
                    truth=self.truth.of(sample),
                    bboxes=pred['bboxes'].detach().cpu().numpy(),
                    scores=pred['scores'].detach().cpu().numpy(),
                    labels=pred['labels'].detach().cpu().numpy()))

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Average precision over all images.

        Args:
            results: What :meth:`process` kept.

        Returns:
            See the class.
        """
        logger: MMLogger = MMLogger.get_current_instance()
        self.truth.report_unseen([result['stem'] for result in results],
                                 logger)
        names = self._names()
        gts = [result['truth'] for result in results]
        dets = [self._detections(result, names) for result in results]
        scores = kitti_ap(gts, dets, self.min_overlaps,
                          [result['stem'] for result in results])
        metrics = summarise(scores)
        metrics['num_images'] = len(results)
        logger.info('\n' + format_table(scores))
        for name, levels in scores.items():
            for level, score in levels.items():
                if score.num_nan:
                    logger.warning(
                        f'{name} {level}: nothing left to divide at '
                        f'{score.num_nan} points of the curve, counted as 0')
                if not score.num_valid:
                    logger.warning(f'{name} {level}: no object counts, so AP '
                                   'is 0 whatever the detector does')
        return metrics

    def _names(self) -> list[str | None]:
        classes = self.pred_classes
        if classes is None:
            classes = (self.dataset_meta or {}).get('classes')
        if classes is None:
            raise ValueError('wanted pred_classes, or a data set with classes '
                             'in its metainfo; got neither')
        if self.class_map is None:
            names: list[str | None] = list(classes)
        else:
            names = [self.class_map.get(name) for name in classes]
        wanted = {name.lower() for name in self.min_overlaps}
        if not wanted & {name.lower() for name in names if name is not None}:
            raise ValueError(f'wanted a detector of at least one of '
                             f'{tuple(self.min_overlaps)}, got classes '
                             f'{tuple(classes)[:5]}...; class_map maps names')
        return names

    @staticmethod
    def _detections(result: dict, names: Sequence[str | None]) -> dict:
        highest = int(result['labels'].max(initial=-1))
        if highest >= len(names):
            raise ValueError(
                f'{result["stem"]}: wanted labels below {len(names)}, the '
                f'number of class names, got {highest}; give the detector\'s '
                'own names as pred_classes')
        kept = [
            i for i, label in enumerate(result['labels'])
            if names[label] is not None
        ]
        return kitti_detections(
            [str(names[label]) for label in result['labels'][kept]],
            result['bboxes'][kept], result['scores'][kept])
