"""Models under attack, as the attack loop sees them."""
from .classifier_outputs import ClassifierOutputs
from .classifier_victim import ClassifierVictim
from .detector_outputs import DetectorOutputs
from .detector_victim import DetectorVictim

__all__ = [
    'ClassifierOutputs', 'ClassifierVictim', 'DetectorOutputs',
    'DetectorVictim'
]
