"""Models under attack, as the attack loop sees them."""
from .attacked_model import AttackedModel, VictimOutputs
from .base_victim import BaseVictim
from .build import (
    brings_weights,
    build_detector,
    build_victim,
    build_victim_model,
    victim_type,
)
from .classifier_victim import ClassifierOutputs, ClassifierVictim
from .derainer_victim import DerainerOutputs, DerainerVictim
from .detector_outputs import DetectorOutputs
from .detector_victim import DetectorVictim
from .watch_stages import watch_stages

__all__ = [
    'AttackedModel', 'BaseVictim', 'ClassifierOutputs', 'ClassifierVictim',
    'DerainerOutputs', 'DerainerVictim', 'DetectorOutputs', 'DetectorVictim',
    'VictimOutputs', 'brings_weights', 'build_detector', 'build_victim',
    'build_victim_model', 'victim_type', 'watch_stages'
]
