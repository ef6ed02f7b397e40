"""What travels between stages; no maths beyond bounds and files."""
from .attack_result import AttackResult
from .class_data_sample import ClassDataSample
from .noise import Noise
from .rain_bank import RainBank
from .rain_bank_writer import pack_rain_bank
from .rain_bounds import RainBounds
from .rain_factors import RainFactors

__all__ = [
    'AttackResult', 'ClassDataSample', 'Noise', 'RainBank', 'RainBounds',
    'RainFactors', 'pack_rain_bank'
]
