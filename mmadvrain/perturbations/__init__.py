"""What is optimised: factors of rain, or the noise of the baselines."""
from .base_perturbation import BasePerturbation
from .global_relocation import GlobalRelocation
from .local_relocation import LocalRelocation
from .noise_layer import NoiseLayer
from .rain_layer import RainLayer
from .streak_database_layer import StreakDatabaseLayer
from .uniform_factors import UniformFactors

__all__ = [
    'BasePerturbation', 'GlobalRelocation', 'LocalRelocation', 'NoiseLayer',
    'RainLayer', 'StreakDatabaseLayer', 'UniformFactors'
]
