"""What is optimised: factors of rain, or the noise of the baselines."""
from .bank_layers import BankLayers
from .base_perturbation import BasePerturbation
from .generator_noise import GeneratorNoise
from .global_relocation import GlobalRelocation
from .local_relocation import LocalRelocation
from .noise_layer import NoiseLayer
from .rain_layer import RainLayer
from .streak_database_layer import StreakDatabaseLayer
from .uniform_factors import UniformFactors
from .uniform_layers import UniformLayers

__all__ = [
    'BankLayers', 'BasePerturbation', 'GeneratorNoise', 'GlobalRelocation',
    'LocalRelocation', 'NoiseLayer', 'RainLayer', 'StreakDatabaseLayer',
    'UniformFactors', 'UniformLayers'
]
