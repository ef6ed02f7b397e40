"""Loops that enter a run by ``test_cfg``."""
from .attack_loop import AttackLoop
from .base_task import BaseTask
from .classification_task import ClassificationTask
from .detection_task import DetectionTask

__all__ = ['AttackLoop', 'BaseTask', 'ClassificationTask', 'DetectionTask']
