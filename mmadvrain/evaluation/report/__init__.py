"""Results -> tables."""
from .attack_table import attack_cells, attack_table
from .metric_convention import metric_convention
from .seed_table import seed_table, summarise_seeds
from .study_plot import plot_sweep
from .study_table import (
    matrix,
    study_csv,
    study_latex,
    study_markdown,
    study_quality,
    study_rules,
)
from .tables import latex_table, markdown_table

__all__ = [
    'attack_cells', 'attack_table', 'latex_table', 'markdown_table', 'matrix',
    'metric_convention', 'plot_sweep', 'seed_table', 'study_csv',
    'study_latex', 'study_markdown', 'study_quality', 'study_rules',
    'summarise_seeds'
]
