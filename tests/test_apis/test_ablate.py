"""Sweeps: cells, tables, transfer, matched random rain, resumption."""
import csv
import json

import pytest

from mmadvrain.apis.ablate import _prepare, ablate, run_cell
from mmadvrain.apis.match_random import match_random
from mmadvrain.apis.score_images import score_images
from mmadvrain.evaluation.report import ablation_rows
from mmadvrain.evaluation.report.ablation_table import (
    sweep_table,
    write_tables,
)
from mmadvrain.evaluation.report.success_report import success_intervals
from mmadvrain.structures.ablation_plan import (
    AblationPlan,
    Cell,
    Victim,
    grid_cells,
    sweep_cells,
)
from tests.toys.made_once import trained_weights
from tests.toys.toy_classes import (
    toy_class_config,
    write_toy_classes,
)
from tests.toys.toy_data import write_toy_coco
from tests.toys.toy_detector import (
    toy_attack,
    toy_config,
    toy_retinanet,
)

DENSITY = 'test_cfg.attack.perturbation.init.density'


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp('ablate')
    write_toy_classes(folder, 3)
    for name in ('toy', 'other'):
        toy_class_config(
            folder, attack=dict(steps=2)).dump(folder / f'advrain_{name}.py')
    return folder


def plan_of(root, **options):
    options = dict(
        dict(
            sweeps=dict(eps=[
                Cell('few', {DENSITY: 0.01}, 0.01),
                Cell('many', {DENSITY: 0.05}, 0.05)
            ])), **options)
    return AblationPlan(Victim(str(root / 'advrain_toy.py')), **options)


@pytest.fixture(scope='module')
def cell(root):
    """One cell with everything that a cell can have."""
    plan = plan_of(
        root,
        transfer=[Victim(str(root / 'advrain_other.py'))],
        measures=('l2', 'brightness'))
    folder = root / 'cell'
    run_cell(plan, {DENSITY: 0.05}, folder, False)
    return plan, folder


def test_matched_random_rain_has_the_same_magnitude(cell):
    _, folder = cell
    wanted = json.loads((folder / 'results.json').read_text())['magnitude']
    for measure in ('l2', 'brightness'):
        found = json.loads(
            (folder / f'magnitudes/random_{measure}.json').read_text())
        assert found[measure] == pytest.approx(
            wanted['adversarial'][measure], rel=0.03)
        assert len(list((folder / f'random_{measure}').iterdir())) == 3


def test_another_classifier_scores_the_stored_images(root, cell, tmp_path):
    _, folder = cell
    for view in ('clean', 'random', 'adversarial', 'random_l2'):
        theirs = folder / 'transfer/other/predictions' / f'{view}.json'
        # the same classifier, so the same predictions
        assert theirs.read_text() == (folder / 'predictions' /
                                      f'{view}.json').read_text()
    # it looks at the clean images too, which the rate is compared with
    found = score_images(
        str(root / 'advrain_other.py'),
        folder,
        views=['adversarial'],
        out_dir=tmp_path)
    views = json.loads((folder / 'results.json').read_text())['views']
    assert found == dict(adversarial=views['adversarial'])
    assert 'cls/success_on_correct' in found['adversarial']
    with pytest.raises(FileNotFoundError, match="view 'other'"):
        score_images(str(root / 'advrain_toy.py'), folder, views=['other'])


def test_a_finished_cell_is_not_run_again(cell):
    plan, folder = cell
    before = {
        path: path.stat().st_mtime_ns
        for path in folder.rglob('*.json') if path.name != 'cell.json'
    }
    run_cell(plan, {DENSITY: 0.05}, folder, False)
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_rows_and_tables(cell, tmp_path):
    plan, folder = cell
    rows = ablation_rows(plan, {
        ('eps', 'few'): tmp_path / 'nothing yet',
        ('eps', 'many'): folder
    })
    assert {row['label'] for row in rows} == {'many'}
    by_view = {(row['victim'], row['view']): row for row in rows}
    mine = by_view['toy', 'adversarial']
    interval = success_intervals(folder)['adversarial']['success_all']
    assert mine['success_all'] == interval.value
    assert ('other', 'random_brightness') in by_view
    assert (mine['success_all_low'], mine['success_all_high']) == interval[1:]
    write_tables(rows, tmp_path)
    with (tmp_path / 'ablation.csv').open() as file:
        table = list(csv.DictReader(file))
    assert len(table) == len(rows)
    assert json.loads((tmp_path / 'ablation.json').read_text())
    assert '## eps' in (tmp_path / 'ablation.md').read_text()
    assert not (tmp_path / 'eps.png').exists()  # one point is no line


def test_ablate_runs_all_cells_and_reports_the_failed(root, tmp_path):
    sweeps = dict(eps=[
        Cell('few', {DENSITY: 0.01}, 0.01),
        Cell('same', {DENSITY: 0.01}, 0.05),
        Cell('wrong', {DENSITY: 2.})
    ])
    with pytest.raises(RuntimeError, match='1 of 2 cells .*drops per pixel'):
        ablate(plan_of(root, sweeps=sweeps), tmp_path, jobs=2)
    assert len(list((tmp_path / 'cells').glob('*/results.json'))) == 1
    rows = json.loads((tmp_path / 'ablation.json').read_text())
    assert {row['label'] for row in rows} == {'few', 'same'}
    assert (tmp_path / 'eps.png').stat().st_size > 1000
    with pytest.raises(ValueError, match='positive number of jobs'):
        ablate(plan_of(root), tmp_path, jobs=0)


def test_random_rain_cannot_match_noise(root, cell):
    _, folder = cell
    config = toy_class_config(root)
    config.test_cfg.attack.perturbation = dict(
        type='mmadvrain.NoisePerturbation')
    with pytest.raises(ValueError, match='holds NoisePerturbation'):
        match_random(config, folder, ('area', ))


def test_a_cell_of_a_detector_has_it_all_too(tmp_path):
    write_toy_coco(tmp_path, 3)
    attack = toy_attack(1, [dict(type='mmadvrain.DetectorLossObjective')])
    toy_config(tmp_path, attack=attack).dump(tmp_path / 'advrain_two.py')
    toy_config(
        tmp_path, model=toy_retinanet()).dump(tmp_path / 'advrain_one.py')
    plan = AblationPlan(
        Victim(str(tmp_path / 'advrain_two.py'), str(trained_weights())),
        dict(s=[Cell('a', {}, 1.)]), [
            Victim(
                str(tmp_path / 'advrain_one.py'),
                str(trained_weights('one_stage')))
        ], ('l2', ))
    folder = tmp_path / 'cell'
    run_cell(plan, {}, folder, False)
    rows = {
        (row['victim'], row['view']): row
        for row in ablation_rows(plan, {('s', 'a'): folder})
    }
    for victim in ('two', 'one'):
        for view in ('clean', 'random', 'adversarial', 'random_l2'):
            row = rows[victim, view]
            for metric in ('bbox_mAP', 'bbox_mAP_50'):
                assert row[f'{metric}_low'] <= row[metric] <= row[
                    f'{metric}_high']
        assert rows[victim,
                    'clean']['bbox_mAP'] > rows[victim,
                                                'adversarial']['bbox_mAP']
    text = sweep_table(list(rows.values()), 's')
    assert f"| {100 * rows['one', 'clean']['bbox_mAP']:.1f} [" in text


def test_other_metrics_and_what_the_user_set_stay(root):
    for metric, wanted in ((dict(type='CocoMetric', metric='bbox'),
                            dict(
                                type='mmadvrain.FastCocoMetric',
                                metric='bbox',
                                bootstrap=2000)),
                           (dict(type='mmadvrain.FastCocoMetric',
                                 bootstrap=7), None),
                           (dict(type='CocoMetric', metric=['bbox', 'segm']),
                            None), (dict(type='mmadvrain.KittiMetric'), None)):
        toy_class_config(
            root, test_evaluator=[metric]).dump(root / 'advrain_metric.py')
        found = _prepare(Victim(str(root / 'advrain_metric.py')), {})
        assert [dict(one)
                for one in found.test_evaluator] == [wanted or metric]


def test_a_victim_that_cannot_be_built_fails_before_any_work(root, tmp_path):
    toy_class_config(
        root,
        model=dict(
            type='mmadvrain.ImageClassifier',
            network=dict(type='mmadvrain.TimmNetwork',
                         name='no such model'))).dump(root /
                                                      'advrain_missing.py')
    missing = [Victim(str(root / 'advrain_missing.py'))]
    with pytest.raises((ImportError, ValueError), match='timm'):
        ablate(plan_of(root, transfer=missing), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_table_shows_intervals_in_percent():
    row = dict(
        sweep='s',
        label='a',
        victim='v',
        view='adversarial',
        success_all=0.5,
        success_all_low=0.25,
        success_all_high=0.75,
        area=0.125)
    assert sweep_table([row, dict(row, sweep='other')], 's').splitlines() == [
        '| cell | victim | view | success_all | area |',
        '| --- | --- | --- | ---: | ---: |',
        '| a | v | adversarial | 50.0 [25.0, 75.0] | 0.1250 |'
    ]


def test_a_grid_is_the_product_of_its_values():
    cells = grid_cells({'a.x': [1, 2], 'a.kind': ['p', None]})
    assert [cell.options for cell in cells] == [{
        'a.x': 1,
        'a.kind': 'p'
    }, {
        'a.x': 1,
        'a.kind': None
    }, {
        'a.x': 2,
        'a.kind': 'p'
    }, {
        'a.x': 2,
        'a.kind': None
    }]
    assert (cells[0].label, cells[0].x, cells[0].line) == ('x=1, kind=p', 1,
                                                           'kind=p')
    with pytest.raises(ValueError, match='a list of values for a'):
        grid_cells(dict(a='text'))


def test_cells_of_a_file(tmp_path):
    (tmp_path / 'row.py').write_text('attack_loop = dict(type="L", steps=3)')
    cell, = sweep_cells(
        [dict(label=1, attack='row.py', options={'test_cfg.steps': 5})],
        tmp_path)
    assert cell.options == {
        'test_cfg': dict(type='L', steps=3, _delete_=True),
        'test_cfg.steps': 5
    }
    with pytest.raises(ValueError, match='wants `label` and `options`'):
        sweep_cells([dict(label=1)])


def test_plans_that_make_no_sense(root):
    with pytest.raises(ValueError, match='at least one cell'):
        plan_of(root, sweeps={})
    with pytest.raises(ValueError, match=r"names .* got \['toy', 'toy'\]"):
        plan_of(root, transfer=[Victim('elsewhere/random_toy.py')])
    with pytest.raises(ValueError, match=r"twice \['a'\]"):
        plan_of(root, sweeps=dict(s=[Cell('a', {}), Cell('a', {})]))
