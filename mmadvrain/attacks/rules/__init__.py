"""Gradient rules: how an image gradient becomes a direction."""
from .base_rule import BaseRule
from .diverse_input_rule import DiverseInputRule
from .gaussian_smoothing_rule import GaussianSmoothingRule
from .momentum_rule import MomentumRule
from .sign_rule import SignRule

__all__ = [
    'BaseRule', 'DiverseInputRule', 'GaussianSmoothingRule', 'MomentumRule',
    'SignRule'
]
