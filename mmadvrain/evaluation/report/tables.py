"""Text of tables, by tabulate."""
from collections.abc import Sequence

from tabulate import tabulate


def markdown_table(headers: Sequence[str],
                   lines: Sequence[Sequence[str]],
                   left: int = 1) -> str:
    """Markdown table of cells that are text already.

    Args:
        headers: Of the columns.
        lines: The cells.
        left: How many columns are aligned to the left; numbers follow.
            Defaults to 1.
    """
    return _table(headers, lines, left, 'pipe')


def latex_table(headers: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """``tabular`` of cells that are text already, its characters escaped.

    Args:
        headers: Of the columns.
        lines: The cells.
    """
    return _table(headers, lines, 1, 'latex')


def _table(headers: Sequence[str], lines: Sequence[Sequence[str]], left: int,
           kind: str) -> str:
    align = ['left'] * left + ['right'] * (len(headers) - left)
    return tabulate([list(line) for line in lines],
                    list(headers),
                    kind,
                    colalign=align if lines else None,
                    disable_numparse=True)
