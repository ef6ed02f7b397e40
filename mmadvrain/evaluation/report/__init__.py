"""Results -> tables."""
from .attack_table import attack_table
from .metric_convention import metric_convention
from .transfer_table import (transfer_csv, transfer_latex, transfer_markdown,
                             transfer_matrix)

__all__ = [
    'attack_table', 'metric_convention', 'transfer_csv', 'transfer_latex',
    'transfer_markdown', 'transfer_matrix'
]
