"""Objective -> gradient rule -> perturbation."""
from .clip_attack import ClipAttack
from .iterative_attack import IterativeAttack
from .objectives import *  # noqa: F401, F403
from .online_rain import OnlineRain
from .rules import (
    BaseRule,
    DiverseInputRule,
    GaussianSmoothingRule,
    MomentumRule,
    SignRule,
)

__all__ = [
    'BaseRule', 'ClipAttack', 'DiverseInputRule', 'GaussianSmoothingRule',
    'IterativeAttack', 'MomentumRule', 'OnlineRain', 'SignRule'
]
