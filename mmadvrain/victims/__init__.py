"""Models under attack, as the attack loop sees them."""
from .build import brings_weights, build_detector, build_victim_model
from .classifier_victim import ClassifierOutputs, ClassifierVictim
from .detector_outputs import DetectorOutputs
from .detector_victim import DetectorVictim
from .watch_stages import watch_stages

__all__ = [
    'ClassifierOutputs', 'ClassifierVictim', 'DetectorOutputs',
    'DetectorVictim', 'brings_weights', 'build_detector', 'build_victim_model',
    'watch_stages'
]
