"""Objective -> gradient rule -> factors."""
from .iterative_attack import IterativeAttack
from .objectives import *  # noqa: F401, F403
from .online_layers import OnlineLayers
from .rules import *  # noqa: F401, F403

__all__ = ['IterativeAttack', 'OnlineLayers']
