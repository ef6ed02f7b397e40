from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mmadvrain.structures.study_row import StudyRow
from mmadvrain.utils.files import atomic_path

from .over_seeds import over_seeds

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STYLES = {
    'adversarial': '-',
    'random': '--',
    'random_l2': '-.',
    'random_brightness': ':',
    'clean': (0, (1, 3))
}


def plot_sweep(rows: Sequence[StudyRow], sweep: str, metric: str,
               path: Path) -> Path | None:
    """Plot a sweep: lines over numbers, as Fig. 4 of the paper, else bars.

    A panel for each victim. Lines have a colour for each of the sweep's lines
    and a style for each view; bars are the images of the table. Intervals are
    drawn where there are any.

    Args:
        rows: Of a study.
        sweep: Which one.
        metric: Which one.
        path: The picture.

    Returns:
        The picture; None where fewer than two cells are finished.
    """
    rows = over_seeds([
        row for row in rows if row.sweep in (
            '', sweep) and row.metric == metric and row.value is not None
    ])
    cells = {row.label: row.x for row in rows if row.sweep}
    if len(cells) < 2:
        return None
    # without a display, and without the global state of pyplot
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    draw = _lines if None not in cells.values() else _bars
    victims = list(dict.fromkeys(row.victim for row in rows))
    figure = Figure(
        figsize=(1 + 4.5 * len(victims), 4.6), layout='constrained')
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(victims), sharey=True, squeeze=False)[0]
    for axes, victim in zip(panels, victims):
        draw(axes, [row for row in rows if row.victim == victim])
        axes.set_title(victim, fontsize='medium')
        axes.grid(alpha=0.3)
        # of the axes, not of the figure, whose legend would lie over it
        axes.set_xlabel(sweep if draw is _lines else f'{metric} (%)')
    if draw is _lines:
        panels[0].set_ylabel(f'{metric} (%)')
        panels[0].set_ylim(0, 103 if 'success' in metric else None)
    handles = {
        label: handle
        for axes in panels
        for handle, label in zip(*axes.get_legend_handles_labels())
    }
    if handles:
        figure.legend(
            handles.values(),
            handles,
            loc='outside lower center',
            ncols=min(len(handles), 2 * len(victims)),
            fontsize='small')
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=120)
    return path


def _errors(rows: Sequence[StudyRow]) -> list[list[float]]:
    """How far the intervals reach below and above, in percent."""
    ends: list[list[float]] = [[], []]
    for row in rows:
        value = row.value or 0.
        low = value if row.low is None else row.low
        high = value if row.high is None else row.high
        ends[0].append(max(row.scale * (value - low), 0.))
        ends[1].append(max(row.scale * (high - value), 0.))
    return ends


def _lines(axes: 'Axes', rows: Sequence[StudyRow]) -> None:
    names = list(dict.fromkeys(row.line for row in rows if row.sweep))
    for row in rows:
        if not row.sweep:
            axes.axhline(
                row.scale * (row.value or 0.),
                color='grey',
                linestyle=_STYLES['clean'],
                label='clean')
    for view, line in dict.fromkeys(
        (row.view, row.line) for row in rows if row.sweep):
        points = sorted(
            (row for row in rows
             if row.sweep and (row.view, row.line) == (view, line)),
            key=lambda row: row.x or 0.)
        axes.errorbar(
            [row.x or 0. for row in points],
            [row.scale * (row.value or 0.) for row in points],
            yerr=_errors(points),
            linestyle=_STYLES.get(view, '--'),
            color=f'C{names.index(line) % 10}' if len(names) > 1 else None,
            marker='o',
            markersize=4,
            elinewidth=1,
            capsize=2,
            label=', '.join(part for part in (line, view) if part))
    axes.locator_params(axis='x', nbins=6)


def _bars(axes: 'Axes', rows: Sequence[StudyRow]) -> None:
    rows = rows[::-1]  # the first one on top
    colors = [
        'grey'
        if not row.sweep else 'C0' if row.view == 'adversarial' else 'C1'
        for row in rows
    ]
    axes.barh([row.row for row in rows],
              [row.scale * (row.value or 0.) for row in rows],
              xerr=_errors(rows),
              color=colors,
              error_kw=dict(elinewidth=1, capsize=2))
