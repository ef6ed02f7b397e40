"""Plots of sweeps: which points, which names, and room for the legend."""
from itertools import product

import pytest
from matplotlib.figure import Figure

from mmadvrain.evaluation.report import plot_sweep
from mmadvrain.structures.study_row import StudyRow

METRIC = 'cls/success_all'
VIEWS = ('random', 'adversarial', 'random_l2')


def rows_of(cells, victims=('one', 'two'), metric=METRIC):
    """Rows of cells, each (label, x, line)."""
    rows = [
        StudyRow(
            sweep='eps_n',
            row=f'{view} ({label})',
            label=label,
            x=x,
            line=line,
            victim=victim,
            view=view,
            metric=metric,
            value=0.25 + 0.25 * VIEWS.index(view),
            low=0.125,
            high=0.875)
        for (label, x, line), victim, view in product(cells, victims, VIEWS)
    ]
    return rows + [
        StudyRow('', 'clean', 'clean', victim, metric, 0.1)
        for victim in victims
    ]


FACTORS = [(str(x), x, '') for x in (0.005, 0.001, 0.02)]
# Fig. 4 of the paper: a on the axis, a line for each b
UNIFORM = [(f'a={a}, b={b}', a, f'b={b}') for b in (1.0, 0.8, 0.4)
           for a in (0.1, 0.3)]
BARS = [('FGSM', None, ''), ('AdvRain', None, '')]


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


def test_points_in_percent_in_the_order_of_x(drawn, tmp_path):
    plot_sweep(rows_of(FACTORS), 'eps_n', METRIC, tmp_path / 'a.png')
    axes = drawn[0].axes[0]
    lines = {line.get_label(): line for line in axes.get_lines()}
    assert lines['clean'].get_ydata()[0] == 10
    random = axes.containers[0]
    assert random.get_label() == 'random'
    assert list(random[0].get_xdata()) == [0.001, 0.005, 0.02]
    assert list(random[0].get_ydata()) == [25, 25, 25]
    bar = random[2][0].get_segments()[0]
    assert [end[1] for end in bar] == [12.5, 87.5]


def test_a_colour_for_each_b_of_a_and_b(drawn, tmp_path):
    plot_sweep(rows_of(UNIFORM), 'eps_n', METRIC, tmp_path / 'a.png')
    axes = drawn[0].axes[0]
    colors = {}
    for line in axes.containers:
        colors.setdefault(line.get_label().split(',')[0],
                          set()).add(line[0].get_color())
    assert all(len(used) == 1 for used in colors.values())
    assert len(set.union(*colors.values())) == 3


@pytest.mark.parametrize('cells, victims', [
    (FACTORS, ['one']),
    (UNIFORM, ['one', 'two', 'three']),
])
def test_the_picture(drawn, tmp_path, cells, victims):
    path = plot_sweep(
        rows_of(cells, victims), 'eps_n', METRIC, tmp_path / 'eps_n.png')
    figure, = drawn
    assert path.stat().st_size > 5000
    assert [axes.get_title() for axes in figure.axes] == victims
    # of the axes, whose tight box below thus has it in
    assert {axes.get_xlabel() for axes in figure.axes} == {'eps_n'}
    assert figure.axes[0].get_ylabel() == f'{METRIC} (%)'
    legend, = figure.legends
    box = legend.get_window_extent()
    labels = [text.get_text() for text in legend.get_texts()]
    assert len(set(labels)) == len(labels)
    assert 0 <= box.x0 and box.x1 <= figure.bbox.x1
    for axes in figure.axes:
        assert not box.overlaps(axes.get_tightbbox())


def test_cells_without_numbers_are_bars(drawn, tmp_path):
    plot_sweep(rows_of(BARS, ['one']), 'eps_n', METRIC, tmp_path / 'a.png')
    axes, = drawn[0].axes
    names = [text.get_text() for text in axes.get_yticklabels()]
    assert names[-1] == 'random (FGSM)' and 'clean' in names
    assert sorted({bar.get_width()
                   for bar in axes.patches}) == [10, 25, 50, 75]
    assert axes.get_xlabel() == f'{METRIC} (%)'


def test_one_cell_is_no_plot(tmp_path):
    rows = rows_of(FACTORS[:1])
    assert plot_sweep(rows, 'eps_n', METRIC, tmp_path / 'a.png') is None
    assert plot_sweep(rows_of(FACTORS), 'eps_n', 'none',
                      tmp_path / 'a.png') is None
