"""Scores as plain NumPy: arrays in, numbers out."""

from .coco_eval import coco_precision, coco_summary
from .kitti_eval import KittiAP, kitti_ap
from .pascal_ap import PascalAP, pascal_ap

__all__ = [
    'KittiAP', 'PascalAP', 'coco_precision', 'coco_summary', 'kitti_ap',
    'pascal_ap'
]
