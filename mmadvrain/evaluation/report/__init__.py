"""Results -> tables."""
from .attack_table import attack_table
from .seed_table import seed_table, summarise_seeds

__all__ = ['attack_table', 'seed_table', 'summarise_seeds']
