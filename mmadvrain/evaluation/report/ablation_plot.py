from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mmadvrain.utils.files import atomic_path

_METRICS = dict(
    success_all='success rate, all images (%)',
    bbox_mAP='box AP (%)',
    bbox_mAP_50='box AP50 (%)')
# name in the legend, and style of the line
_VIEWS = dict(
    adversarial=('adversarial', '-'),
    random=('random', '--'),
    random_l2=('random, equal L2', '-.'),
    random_brightness=('random, equal brightness', ':'),
    clean=('clean', (0, (1, 3))))


class Point(NamedTuple):
    """A number of a plot, in percent.

    Attributes:
        x: Where it stands.
        value: The number.
        low: Lower end of its interval; the number without one.
        high: Upper end.
    """
    x: float
    value: float
    low: float
    high: float


Lines = dict[str, dict[tuple[str, str], list[Point]]]


def plot_sweep(rows: Sequence[dict],
               path: Path,
               metric: str | None = None) -> Path | None:
    """Plot a sweep of numbers, as Fig. 4 and Table 1 of the paper.

    A panel for each victim; in it a colour for each of the sweep's lines and
    a style for each view. Bars are the confidence intervals.

    Args:
        rows: Of one sweep, see :func:`ablation_rows`.
        path: The picture.
        metric: What is plotted. None takes the first that is there of the
            success rate over all images and AP.

    Returns:
        The picture; None where the sweep's cells have no number, or fewer than
        two are finished.
    """
    metric = metric or next((name for name in _METRICS if any(
        row.get(name) is not None for row in rows)), 'success_all')
    panels = sweep_lines(rows, metric)
    if not any(
            len(points) > 1 for lines in panels.values()
            for points in lines.values()):
        return None
    # without a display, and without the global state of pyplot
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    figure = Figure(figsize=(1 + 4.5 * len(panels), 4.6), layout='constrained')
    FigureCanvasAgg(figure)
    names = list(dict.fromkeys(row['line'] for row in rows))
    all_axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, (victim, lines) in zip(all_axes, panels.items()):
        for (view, line), points in lines.items():
            _draw(axes, view, line, points, names)
        axes.set_title(victim, fontsize='medium')
        axes.set_xlabel(_x_label(rows, path.stem))
        axes.grid(alpha=0.3)
        axes.locator_params(axis='x', nbins=6)
        axes.set_ylim(0, 103 if metric.startswith('success') else None)
    all_axes[0].set_ylabel(_METRICS.get(metric, f'{metric} (%)'))
    handles: dict = {}
    for axes in all_axes:
        for handle, label in zip(*axes.get_legend_handles_labels()):
            handles.setdefault(label, handle)
    figure.legend(
        handles.values(),
        handles,
        loc='outside lower center',
        ncols=min(len(handles), 2 * len(panels)),
        fontsize='small')
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=120)
    return path


def _draw(axes: Any, view: str, line: str, points: Sequence[Point],
          names: Sequence[str]) -> None:
    """Draw a line with its intervals."""
    label, style = _VIEWS[view]
    color = 'grey' if view == 'clean' else f'C{names.index(line) % 10}'
    if len(names) == 1 and view != 'clean':
        color = f'C{list(_VIEWS).index(view)}'
    axes.errorbar([point.x for point in points],
                  [point.value for point in points],
                  yerr=[[max(p.value - p.low, 0) for p in points],
                        [max(p.high - p.value, 0) for p in points]],
                  linestyle=style,
                  color=color,
                  marker='' if view == 'clean' else 'o',
                  markersize=4,
                  elinewidth=1,
                  capsize=2,
                  label=', '.join(part for part in (line, label) if part))


def _x_label(rows: Sequence[dict], sweep: str) -> str:
    """What is swept: cells are called ``NAME=VALUE``, or VALUE alone."""
    names = {
        row['label'].partition('=')[0]
        for row in rows if row['label'].split(',')[0].endswith(f'={row["x"]}')
    }
    return names.pop() if len(names) == 1 else sweep


def sweep_lines(rows: Sequence[dict], metric: str) -> Lines:
    """Points of every line of a sweep's plot.

    Args:
        rows: Of one sweep.
        metric: What is plotted.

    Returns:
        By victim, then by view and the sweep's line, in the order of ``x``.
        The clean images are one line, as nothing that is swept changes them. A
        sweep that has lines of its own shows no random views beside the run's
        own.
    """
    several = len({row['line'] for row in rows}) > 1
    panels: Lines = {}
    for view in _VIEWS:
        for row in rows:
            value = row.get(metric)
            if row['view'] != view or row['x'] is None or value is None or (
                    several and view.startswith('random_')):
                continue
            ends = [row.get(f'{metric}_{end}') for end in ('low', 'high')]
            low, high = (value if end is None else end for end in ends)
            if view == 'clean':
                low = high = value
            lines = panels.setdefault(row['victim'], {})
            lines.setdefault(
                (view, '' if view == 'clean' else row['line']), []).append(
                    Point(row['x'], 100 * value, 100 * low, 100 * high))
    return {
        victim: {
            name: sorted(set(points))
            for name, points in lines.items()
        }
        for victim, lines in panels.items()
    }
