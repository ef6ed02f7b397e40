"""Results -> tables."""
from .ablation_rows import ablation_rows
from .ablation_table import sweep_table, write_tables
from .attack_table import attack_table
from .metric_convention import metric_convention
from .seed_table import seed_table, summarise_seeds
from .success_report import success_intervals
from .transfer_table import (
    transfer_csv,
    transfer_latex,
    transfer_markdown,
    transfer_matrix,
)

__all__ = [
    'ablation_rows', 'attack_table', 'metric_convention', 'seed_table',
    'success_intervals', 'summarise_seeds', 'sweep_table', 'transfer_csv',
    'transfer_latex', 'transfer_markdown', 'transfer_matrix', 'write_tables'
]
