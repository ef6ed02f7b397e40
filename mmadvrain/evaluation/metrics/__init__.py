"""Registered metrics."""

from .fast_coco_metric import FastCocoMetric
from .image_quality_metric import ImageQualityMetric
from .kitti_metric import KittiMetric
from .pascal_metric import PascalMetric
from .success_rate_metric import SuccessRateMetric

__all__ = [
    'FastCocoMetric', 'ImageQualityMetric', 'KittiMetric', 'PascalMetric',
    'SuccessRateMetric'
]
