"""Steps of a data pipeline."""
from .load_rain_pair import LoadRainPair
from .pack_class_inputs import PackClassInputs
from .pack_derain_inputs import PackDerainInputs
from .paired_flip_rotate import PairedFlipRotate
from .paired_random_crop import PairedRandomCrop

__all__ = [
    'LoadRainPair', 'PackClassInputs', 'PackDerainInputs', 'PairedFlipRotate',
    'PairedRandomCrop'
]
