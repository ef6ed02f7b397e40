"""Models under attack, as the attack loop sees them."""
from .brings_weights import brings_weights
from .build_detector import build_detector
from .build_victim_model import build_victim_model
from .classifier_outputs import ClassifierOutputs
from .classifier_victim import ClassifierVictim
from .detector_outputs import DetectorOutputs
from .detector_victim import DetectorVictim
from .rpn_attention import RPNAttention, proposal_attention
from .watch_stages import watch_stages

__all__ = [
    'ClassifierOutputs', 'ClassifierVictim', 'DetectorOutputs',
    'DetectorVictim', 'RPNAttention', 'brings_weights', 'build_detector',
    'build_victim_model', 'proposal_attention', 'watch_stages'
]
