"""What travels between stages."""
from .attack_result import AttackResult
from .class_data_sample import ClassDataSample

__all__ = ['AttackResult', 'ClassDataSample']
