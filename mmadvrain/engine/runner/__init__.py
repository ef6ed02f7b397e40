"""Loops that enter a run by ``test_cfg``."""
from .attack_loop import AttackLoop
from .attack_store import AttackStore
from .base_task import BaseTask
from .classification_task import ClassificationTask
from .detection_task import DetectionTask

__all__ = [
    'AttackLoop', 'AttackStore', 'BaseTask', 'ClassificationTask',
    'DetectionTask'
]
