"""Gradient rules: how an image gradient becomes a direction."""
from .momentum_rule import MomentumRule
from .sign_rule import SignRule

__all__ = ['MomentumRule', 'SignRule']
