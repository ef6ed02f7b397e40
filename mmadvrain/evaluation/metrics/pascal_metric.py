"""PASCAL VOC's criteria as a metric, every convention named."""
from collections.abc import Sequence

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger

from mmadvrain.evaluation.functional.pascal_ap import (
    PascalAP,
    pascal_ap,
)
from mmadvrain.registry import METRICS

from .raw_truth import RawTruth


@METRICS.register_module()
class PascalMetric(BaseMetric):
    """Mean AP at single IoU thresholds, by area and by 11 points.

    The paper reports "mAP with IoU 0.7 and with the PASCAL criteria", which
    leaves the kind of average and the pixel convention open; at IoU 0.7 they
    move the number by a fifth. So all are computed and each key names its own:
    ``mAP_{IoU}_{area,11point}`` in continuous coordinates, with ``_plus1``
    where widths and heights have 1 added (the development kit, and the Python
    code of the detectors the paper attacks). Values are in [0, 1], unrounded;
    a class without objects is left out of the mean, which is NaN where no
    class has any.

    Ground truth is taken from ``ann_file`` or from the data set's own
    annotations, never from the data sample's boxes, which a pipeline may have
    resized. Ignored annotations are either regions (COCO's crowds, KITTI's
    DontCare: a detection with a share of at least the IoU threshold inside is
    dropped if it matches nothing) or objects (VOC's difficult ones, KITTI's
    Van for Car: a detection that overlaps one of them most is dropped).

    Args:
        ann_file: COCO annotation file, its images found by ``img_id``.
            Defaults to None: the sample's ``instances``, which must be among
            the ``meta_keys`` of ``PackDetInputs``.
        iou_thrs: Defaults to (0.5, 0.7).
        ignored_are_regions: What ignored annotations are where they do not
            say. Set it to False for VOC. Defaults to True.
        pred_classes: The detector's class names in the order of its labels.
            Defaults to None: those of the data set.
        classwise: Whether to give every class as ``{class}_AP_{...}``.
            Defaults to False.
        collect_device: Of the base class. Defaults to 'cpu'.
        prefix: Of the keys. Defaults to None: ``pascal``.

    Raises:
        ValueError: No IoU threshold, or one outside (0, 1].
    """

    default_prefix = 'pascal'
    reads_coco = True

    def __init__(self,
                 ann_file: str | None = None,
                 iou_thrs: Sequence[float] = (0.5, 0.7),
                 ignored_are_regions: bool = True,
                 pred_classes: Sequence[str] | None = None,
                 classwise: bool = False,
                 collect_device: str = 'cpu',
                 prefix: str | None = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        if not iou_thrs or any(not 0 < thr <= 1 for thr in iou_thrs):
            raise ValueError('wanted IoU thresholds in (0, 1], got '
                             f'{iou_thrs}')
        if isinstance(pred_classes, str):
            raise TypeError('wanted a sequence of names for pred_classes, got '
                            f'{pred_classes!r}')
        self.iou_thrs = tuple(iou_thrs)
        self.truth = RawTruth(ann_file, ignored_are_regions)
        self.pred_classes = pred_classes
        self.classwise = classwise

    def process(self, data_batch: object,
                data_samples: Sequence[dict]) -> None:
        """Keep detections and truth of a batch.

        Args:
            data_batch: Not used.
            data_samples: With ``pred_instances``, in pixels of the original
                image, ``img_id`` and, without ``ann_file``, ``instances``.
        """
        for sample in data_samples:
            pred = sample['pred_instances']
            det = {
                key: pred[key].detach().cpu().numpy()
                for key in ('bboxes', 'scores', 'labels')
            }
            self.results.append((det, self.truth.of(sample, self._classes())))

    def compute_metrics(self, results: list[tuple]) -> dict[str, float]:
        """Mean average precision in all conventions.

        Args:
            results: What :meth:`process` kept.

        Returns:
            See the class.
        """
        logger: MMLogger = MMLogger.get_current_instance()
        dets = [det for det, _ in results]
        gts = [gt for _, gt in results]
        classes = self._classes()
        highest = max((int(det['labels'].max(initial=-1)) for det in dets),
                      default=-1)
        if highest >= len(classes):
            raise ValueError(
                f'wanted labels below {len(classes)}, the number of class '
                f"names, got {highest}; give the detector's own names as "
                'pred_classes')
        metrics: dict[str, float] = {}
        for plus, pixels in ((0., ''), (1., '_plus1')):
            scores = pascal_ap(dets, gts, len(classes), self.iou_thrs, plus)
            for thr, by_class in scores.items():
                for kind in ('area', '11point'):
                    suffix = f'{thr}_{kind}{pixels}'
                    self._add(metrics, suffix, kind, by_class, classes)
        for key, value in metrics.items():
            if key.startswith('mAP'):
                logger.info(f'{key}: {value:.4f}')
                if np.isnan(value):
                    logger.warning(f'{key}: no class has an object that '
                                   'counts')
        return metrics

    def _add(self, metrics: dict[str, float], suffix: str, kind: str,
             by_class: Sequence[PascalAP], classes: Sequence[str]) -> None:
        values = [
            score.area if kind == 'area' else score.eleven_point
            for score in by_class
        ]
        valid = [
            value for value, score in zip(values, by_class)
            if score.num_objects
        ]
        metrics[f'mAP_{suffix}'] = float(
            np.mean(valid)) if valid else float('nan')
        if self.classwise:
            metrics.update({
                f'{name}_AP_{suffix}': value
                for name, value in zip(classes, values)
            })

    def _classes(self) -> Sequence[str]:
        classes = self.pred_classes
        if classes is None:
            classes = (self.dataset_meta or {}).get('classes')
        if classes is None:
            raise ValueError('wanted pred_classes, or a data set with classes '
                             'in its metainfo; got neither')
        return classes
