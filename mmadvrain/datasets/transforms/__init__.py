"""Steps of a data pipeline."""
from .add_rain import AddRain
from .load_rain_pair import LoadRainPair
from .mix_adversarial_rain import MixAdversarialRain, MixRainOnImage
from .pack import PackClassInputs, PackDerainInputs
from .paired import PairedFlipRotate, PairedRandomCrop
from .rain_mix import RainMix

__all__ = [
    'AddRain', 'LoadRainPair', 'MixAdversarialRain', 'MixRainOnImage',
    'PackClassInputs', 'PackDerainInputs', 'PairedFlipRotate',
    'PairedRandomCrop', 'RainMix'
]
