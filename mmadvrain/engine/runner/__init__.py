"""Loops that enter a run by ``test_cfg``."""
from .attack_loop import AttackLoop

__all__ = ['AttackLoop']
