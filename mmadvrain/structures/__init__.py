"""What travels between stages."""
from .attack_result import AttackResult
from .class_data_sample import ClassDataSample
from .injected_rain import InjectedRain
from .params import Params
from .run_results import RunResults

__all__ = [
    'AttackResult', 'ClassDataSample', 'InjectedRain', 'Params', 'RunResults'
]
