"""Plots of sweeps: which points, which names, and room for the legend."""
from itertools import product

import pytest
from matplotlib.figure import Figure

from mmadvrain.evaluation.report.ablation_plot import (
    Point,
    plot_sweep,
    sweep_lines,
)

VIEWS = ('clean', 'random', 'adversarial', 'adversarial_float', 'random_l2')


def rows_of(cells, victims=('one', 'two'), metric='success_all'):
    """Rows of cells, each (label, x, line)."""
    return [
        dict(
            label=label,
            x=x,
            line=line,
            victim=victim,
            view=view,
            **{
                metric: 0.25 + 0.5 * VIEWS.index(view) / len(VIEWS),
                f'{metric}_low': 0.125,
                f'{metric}_high': 0.875
            })
        for (label, x, line), victim, view in product(cells, victims, VIEWS)
    ]


FACTORS = [(str(x), x, '') for x in (0.005, 0.001, 0.02)]
# Fig. 4 of the paper: a on the axis, a line for each b
UNIFORM = [(f'a={a}, b={b}', a, f'b={b}') for b in (1.0, 0.8, 0.4)
           for a in (0.1, 0.3)]


@pytest.fixture
def drawn(monkeypatch):
    """The figures that are saved."""
    figures = []
    whole = Figure.savefig

    def savefig(self, *args, **kwargs):
        whole(self, *args, **kwargs)
        figures.append(self)

    monkeypatch.setattr(Figure, 'savefig', savefig)
    return figures


def test_points_in_percent_in_the_order_of_x():
    lines = sweep_lines(rows_of(FACTORS), 'success_all')
    assert set(lines) == {'one', 'two'}
    assert list(lines['one']) == [
        (view, '') for view in ('adversarial', 'random', 'random_l2', 'clean')
    ]
    assert lines['one']['random', ''] == [
        Point(x, pytest.approx(35), 12.5, 87.5) for x in (0.001, 0.005, 0.02)
    ]
    assert lines['one']['clean', ''][0] == (0.001, 25, 25, 25)


def test_a_line_for_each_b_of_a_and_b():
    rows = rows_of(UNIFORM)
    rows[0]['success_all'] = None
    lines = sweep_lines(rows, 'success_all')['one']
    assert list(lines) == [(view, f'b={b}')
                           for view in ('adversarial', 'random')
                           for b in (1.0, 0.8, 0.4)] + [('clean', '')]
    assert [p.x for p in lines['clean', '']] == [0.1, 0.3]


@pytest.mark.parametrize('cells, victims, x_label', [
    (FACTORS, ['one'], 'eps_n'),
    (UNIFORM, ['one', 'two', 'three'], 'a'),
])
def test_the_picture(drawn, tmp_path, cells, victims, x_label):
    path = plot_sweep(rows_of(cells, victims), tmp_path / 'eps_n.png')
    figure, = drawn
    assert path.stat().st_size > 5000
    assert [axes.get_title() for axes in figure.axes] == victims
    assert {axes.get_xlabel() for axes in figure.axes} == {x_label}
    assert figure.axes[0].get_ylabel() == 'success rate, all images (%)'
    legend, = figure.legends
    box = legend.get_window_extent()
    labels = [text.get_text() for text in legend.get_texts()]
    assert len(set(labels)) == len(labels)
    assert 0 <= box.x0 and box.x1 <= figure.bbox.x1
    for axes in figure.axes:
        assert not box.overlaps(axes.get_tightbbox())


def test_average_precision_is_plotted_too(drawn, tmp_path):
    rows = rows_of(FACTORS, ['one'], 'bbox_mAP')
    assert plot_sweep(rows, tmp_path / 'a.png')
    assert drawn[0].axes[0].get_ylabel() == 'box AP (%)'
    assert plot_sweep(rows[:5], tmp_path / 'b.png') is None
    assert plot_sweep([dict(row, x=None) for row in rows],
                      tmp_path / 'c.png') is None
