"""What is optimised: factors of rain, or the noise of the baselines."""
from .base_perturbation import BasePerturbation
from .noise import Noise
from .noise_perturbation import NoisePerturbation
from .particle_perturbation import ParticlePerturbation
from .rain_perturbation import RainPerturbation
from .relocation import GlobalRelocation, LocalRelocation
from .streak_database import StreakDatabase
from .volume_perturbation import VolumePerturbation

__all__ = [
    'BasePerturbation', 'GlobalRelocation', 'LocalRelocation', 'Noise',
    'NoisePerturbation', 'ParticlePerturbation', 'RainPerturbation',
    'StreakDatabase', 'VolumePerturbation'
]
