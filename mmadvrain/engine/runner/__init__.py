"""Loops that enter a run by ``test_cfg``."""
from .attack_loop import AttackLoop
from .attack_store import AttackStore

__all__ = ['AttackLoop', 'AttackStore']
