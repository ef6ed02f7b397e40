"""Results -> tables."""
from .attack_table import attack_table

__all__ = ['attack_table']
