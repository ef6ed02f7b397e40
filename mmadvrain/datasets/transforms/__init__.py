"""Steps of a data pipeline."""
from .load_rain_pair import LoadRainPair
from .mix_adversarial_rain import MixAdversarialRain
from .mix_rain_on_image import MixRainOnImage
from .pack_class_inputs import PackClassInputs
from .pack_derain_inputs import PackDerainInputs
from .paired_flip_rotate import PairedFlipRotate
from .paired_random_crop import PairedRandomCrop
from .rain_mix import RainMix

__all__ = [
    'LoadRainPair', 'MixAdversarialRain', 'MixRainOnImage', 'PackClassInputs',
    'PackDerainInputs', 'PairedFlipRotate', 'PairedRandomCrop', 'RainMix'
]
