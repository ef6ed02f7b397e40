"""Gradient rules: how an image gradient becomes a direction."""
from .base_rule import BaseRule
from .momentum_rule import MomentumRule
from .sign_rule import SignRule

__all__ = ['BaseRule', 'MomentumRule', 'SignRule']
