"""The table of a sweep in the form of the paper."""
from mmadvrain.evaluation.report.ablation_pivot import pivot_table


def row(label, victim, view, rate, x=None, sweep='rules'):
    return dict(
        sweep=sweep,
        label=label,
        x=x,
        victim=victim,
        view=view,
        success_all=rate)


ROWS = [
    row('AdvRain', 'white', 'adversarial_float', 1.),
    row('AdvRain', 'white', 'adversarial', 0.75),
    row('AdvRain', 'white', 'random', 0.5),
    row('AdvRain', 'white', 'clean', 0.125),
    row('AdvRain', 'other', 'clean', 0.25),
    row('AdvRain', 'other', 'adversarial', 0.625),
    row('FGSM', 'white', 'adversarial', 1.),
    row('FGSM', 'white', 'clean', 0.125),
    row('of another sweep', 'white', 'clean', 0.5, sweep='eps'),
]


def test_attacks_are_rows_and_victims_columns():
    assert pivot_table(ROWS, 'rules', 'success_all').splitlines() == [
        '| attack | view | white (white box) | other |',
        '| --- | --- | ---: | ---: |',
        '|  | clean | 12.5 | 25.0 |',
        '| AdvRain | random | 50.0 |  |',
        '| AdvRain | adversarial | 75.0 | 62.5 |',
        '| FGSM | adversarial | 100.0 |  |',
    ]


def test_numbers_are_in_their_order():
    rows = [
        row(f'{x}', 'white', 'adversarial', x, x=x) for x in (0.5, 0.125, 0.25)
    ]
    found = pivot_table(rows, 'rules', 'success_all').splitlines()[2:]
    assert [line.split(' | ')[0]
            for line in found] == ['| 0.125', '| 0.25', '| 0.5']


def test_a_metric_that_is_missing_leaves_no_rows():
    assert len(pivot_table(ROWS, 'rules', 'bbox_mAP').splitlines()) == 2
