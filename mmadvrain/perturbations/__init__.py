"""What is optimised: factors of rain, or the noise of the baselines."""
from .bank_layers import BankLayers
from .global_relocation import GlobalRelocation
from .local_relocation import LocalRelocation
from .rain_layer import RainLayer
from .uniform_factors import UniformFactors
from .uniform_layers import UniformLayers

__all__ = [
    'BankLayers', 'GlobalRelocation', 'LocalRelocation', 'RainLayer',
    'UniformFactors', 'UniformLayers'
]
