"""Models under attack, as the attack loop sees them."""
from .detector_outputs import DetectorOutputs
from .detector_victim import DetectorVictim

__all__ = ['DetectorOutputs', 'DetectorVictim']
