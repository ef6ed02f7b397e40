from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from mmadvrain.utils.files import atomic_path

_METRICS = ('success_all', 'bbox_mAP', 'bbox_mAP_50')
_VIEWS = ('adversarial', 'random', 'random_l2', 'random_brightness')


def plot_sweep(rows: Sequence[Dict[str, Any]],
               path: Path,
               metric: Optional[str] = None) -> Optional[Path]:
    """Plot a sweep of numbers, as Fig. 4 and Table 1 of the paper.

    Args:
        rows (sequence[dict]): Of one sweep, see :func:`ablation_rows`.
        path (Path): The picture.
        metric (str, optional): What is plotted. None takes the first that is
            there of the success rate over all images and AP.

    Returns:
        Path | None: The picture; None where the sweep's cells have no number,
        or fewer than two are finished.
    """
    lines = sweep_lines(rows, metric)
    if not any(len(points) > 1 for points in lines.values()):
        return None
    # without a display, and without the global state of pyplot
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    figure = Figure(figsize=(6, 4), layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for name, points in lines.items():
        x, y, low, high = (list(column) for column in zip(*sorted(points)))
        below = [max(v - end, 0) for v, end in zip(y, low)]
        above = [max(end - v, 0) for v, end in zip(y, high)]
        axes.errorbar(
            x, y, yerr=[below, above], marker='o', capsize=3, label=name)
    axes.set_xlabel(path.stem)
    axes.set_ylabel(f'{metric or _metric(rows)} (%)')
    axes.legend(fontsize='small')
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=120)
    return path


def sweep_lines(
    rows: Sequence[Dict[str, Any]],
    metric: Optional[str] = None
) -> Dict[str, List[Tuple[float, float, float, float]]]:
    """Points of every line of a sweep's plot.

    Args:
        rows (sequence[dict]): Of one sweep.
        metric (str, optional): As for :func:`plot_sweep`.

    Returns:
        dict[str, list[tuple]]: By the line's name: ``x``, and the value, its
        lower and its upper end in percent; without an interval all three are
        the value.
    """
    metric = metric or _metric(rows)
    lines: Dict[str, List[Tuple[float, float, float, float]]] = {}
    for row in rows:
        value = row.get(metric)
        if row['x'] is None or value is None or row['view'] not in _VIEWS:
            continue
        name = ', '.join(
            part for part in (row['victim'], row['view'], row['line']) if part)
        ends = [row.get(f'{metric}_{end}') for end in ('low', 'high')]
        low, high = (value if end is None else end for end in ends)
        lines.setdefault(name, []).append(
            (row['x'], 100 * value, 100 * low, 100 * high))
    return lines


def _metric(rows: Sequence[Dict[str, Any]]) -> str:
    return next((name for name in _METRICS if any(
        row.get(name) is not None for row in rows)), _METRICS[0])
