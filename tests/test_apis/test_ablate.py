"""Sweeps: cells, tables, transfer, matched random rain, resumption."""
import csv
import json

import pytest

from mmadvrain.apis import ablate, match_random, score_images
from mmadvrain.apis.ablate import run_cell
from mmadvrain.evaluation.report import (ablation_rows, success_intervals,
                                         sweep_table, write_tables)
from mmadvrain.structures.ablation_plan import (AblationPlan, Cell, Victim,
                                                grid_cells, sweep_cells)
from mmadvrain.testing import (toy_class_config, toy_config, write_toy_classes,
                               write_toy_coco)

DENSITY = 'test_cfg.attack.perturbation.init.density'


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp('ablate')
    write_toy_classes(folder, 3)
    toy_class_config(
        folder, attack=dict(steps=2)).dump(folder / 'advrain_toy.py')
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
        transfer=[Victim(str(root / 'advrain_toy.py'))],
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


def test_another_classifier_scores_the_stored_images(root, cell):
    _, folder = cell
    for view in ('clean', 'random', 'adversarial', 'random_l2'):
        theirs = folder / 'transfer/toy/predictions' / f'{view}.json'
        # the same classifier, so the same predictions
        assert theirs.read_text() == (folder / 'predictions' /
                                      f'{view}.json').read_text()
    found = score_images(
        str(root / 'advrain_toy.py'), folder, views=['adversarial'])
    assert set(found['adversarial']) == {'0000', '0001', '0002'}
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
    assert (mine['success_all_low'], mine['success_all_high']) == interval[1:]
    write_tables(plan, rows, tmp_path)
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
        ablate(plan_of(root, sweeps=sweeps), tmp_path)
    assert len(list((tmp_path / 'cells').glob('*/results.json'))) == 1
    rows = json.loads((tmp_path / 'ablation.json').read_text())
    assert {row['label'] for row in rows} == {'few', 'same'}
    assert (tmp_path / 'eps.png').stat().st_size > 1000
    with pytest.raises(ValueError, match='positive number of jobs'):
        ablate(plan_of(root), tmp_path, jobs=0)


def test_random_rain_cannot_match_noise(root, cell):
    _, folder = cell
    config = toy_class_config(root)
    config.test_cfg.attack.perturbation = dict(type='mmadvrain.NoiseLayer')
    with pytest.raises(ValueError, match='holds NoiseLayer'):
        match_random(config, folder, ('area', ))


def test_a_detector_is_no_classifier(cell, tmp_path):
    _, folder = cell
    write_toy_coco(tmp_path, 1)
    config = toy_config(
        tmp_path, attack=dict(type='mmadvrain.IterativeAttack'))
    with pytest.raises(ValueError, match='no config of a classifier'):
        score_images(config, folder, 'weights.pth')


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
    (tmp_path / 'row.py').write_text('advrain = dict(type="L", steps=3)')
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
    with pytest.raises(ValueError, match=r"twice \['a'\]"):
        plan_of(root, sweeps=dict(s=[Cell('a', {}), Cell('a', {})]))
