import csv
from collections.abc import Sequence
from pathlib import Path

from mmadvrain.utils.files import atomic_path, write_json

from .ablation_pivot import pivot_table
from .ablation_plot import plot_sweep

_SHOWN = ('success_all', 'success_on_correct', 'bbox_mAP', 'bbox_mAP_50')
_LEGEND = ('Percent; in brackets 95 percent bootstrap intervals over images, '
           'which metrics other than success rates and COCO AP do not have.')
_MAGNITUDES = ('area', 'l2', 'brightness')


def write_tables(rows: Sequence[dict], root: Path) -> None:
    """Write ``ablation.{json,csv,md}``, and a plot of each sweep of numbers.

    Args:
        rows: See :func:`ablation_rows`.
        root: Where to write.
    """
    write_json(root / 'ablation.json', list(rows))
    names: list[str] = []
    for row in rows:
        names += [name for name in row if name not in names]
    with atomic_path(root / 'ablation.csv') as path:
        with path.open('w', newline='') as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(rows)
    sweeps = list(dict.fromkeys(row['sweep'] for row in rows))
    parts = []
    for sweep in sweeps:
        mine = [row for row in rows if row['sweep'] == sweep]
        parts += [f'## {sweep}'] + [
            f'{metric}\n\n{pivot_table(rows, sweep, metric)}'
            for metric in _SHOWN if any(
                row.get(metric) is not None for row in mine)
        ] + [sweep_table(rows, sweep)]
    with atomic_path(root / 'ablation.md') as path:
        path.write_text('\n\n'.join([_LEGEND, *parts]) + '\n')
    for sweep in sweeps:
        plot_sweep([row for row in rows if row['sweep'] == sweep],
                   root / f'{sweep}.png')


def sweep_table(rows: Sequence[dict],
                sweep: str,
                shown: Sequence[str] | None = None) -> str:
    """Markdown table of one sweep, in percent, rounded here and only here.

    Args:
        rows: See :func:`ablation_rows`.
        sweep: Which one.
        shown: Metrics. None takes the usual ones that are there.

    Returns:
        A row for each cell, victim and view, metrics with their 95 percent
        intervals in brackets.
    """
    mine = [row for row in rows if row['sweep'] == sweep]
    columns = [
        name for name in (shown or _SHOWN) if any(
            row.get(name) is not None for row in mine)
    ]
    extra = [
        name for name in _MAGNITUDES if any(
            row.get(name) is not None for row in mine)
    ]
    lines = [['cell', 'victim', 'view', *columns, *extra],
             ['---'] * 3 + ['---:'] * (len(columns) + len(extra))]
    for row in mine:
        lines.append([row['label'], row['victim'], row['view']] +
                     [_percent(row, name) for name in columns] + [
                         '' if row.get(name) is None else f'{row[name]:.4f}'
                         for name in extra
                     ])
    return '\n'.join('| ' + ' | '.join(line) + ' |' for line in lines)


def _percent(row: dict, name: str) -> str:
    value = row.get(name)
    if value is None:
        return ''
    low, high = row.get(f'{name}_low'), row.get(f'{name}_high')
    text = f'{100 * value:.1f}'
    if low is None or high is None:
        return text
    return f'{text} [{100 * low:.1f}, {100 * high:.1f}]'
