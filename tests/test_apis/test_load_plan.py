"""A plan is read, merged and checked before any work."""
import copy

import pytest
from mmengine.config import Config

from mmadvrain.apis.load_plan import load_plan
from tests.toys.made_once import toy_root, write_plan
from tests.toys.toy_detector import (
    toy_attack,
    toy_config,
    toy_retinanet,
)


@pytest.fixture
def folder(tmp_path):
    """Two detectors with pipelines of their own, and an attack."""
    toy_config(toy_root(), load_from='a.pth').dump(tmp_path / 'two.py')
    one = toy_config(toy_root(), model=toy_retinanet())
    one.test_dataloader.dataset.data_root = 'elsewhere'
    one.test_dataloader.dataset.pipeline[1].scale_factor = 0.5
    one.test_evaluator = dict(type='VOCMetric')
    one.dump(tmp_path / 'one.py')
    Config(dict(
        rain=dict(type='mmadvrain.AttackLoop', attack=toy_attack(3)))).dump(
            tmp_path / 'rain.py')
    return tmp_path


def content(**changes):
    plan = dict(
        sources=dict(two=dict(config='two.py')),
        victims=dict(
            two=dict(config='two.py', checkpoint='b.pth'),
            one=dict(config='one.py', checkpoint='c.pth')),
        attacks=dict(rain='rain.py'))
    return dict(plan, **changes)


def load(folder, cfg_options=None, **changes):
    return load_plan(
        write_plan(folder / 'plan.py', content(**changes)), cfg_options)


def test_victims_share_the_data_and_keep_their_pipelines(folder):
    plan = load(folder)
    two, one = plan.victims
    assert [two.name, one.name] == ['two', 'one']
    data = one.config.test_dataloader.dataset
    assert data.data_root == str(toy_root())
    assert data.pipeline[1].scale_factor == 0.5
    assert two.config.test_dataloader.dataset.pipeline[1].scale_factor == 1.0
    assert one.config.test_evaluator == two.config.test_evaluator
    assert one.config.model.type == 'RetinaNet'


def test_weights_are_those_of_the_entry_or_of_the_config(folder):
    plan = load(folder)
    assert plan.sources[0].checkpoint == 'a.pth'
    assert [v.checkpoint for v in plan.victims] == ['b.pth', 'c.pth']


def test_without_victims_they_are_the_sources(folder):
    plan = load(folder, victims=None)
    assert [v.name for v in plan.victims] == ['two']


def test_data_of_the_plan(folder):
    plan = load(
        folder,
        test_evaluator=dict(type='mmadvrain.FastCocoMetric', bootstrap=7),
        test_dataloader=dict(dataset=dict(indices=[0, 2])))
    for detector in (*plan.sources, *plan.victims):
        metric, = detector.config.test_evaluator
        assert metric.type.endswith('FastCocoMetric')
        assert metric.bootstrap == 7
        assert detector.config.test_dataloader.dataset.indices == [0, 2]


@pytest.mark.parametrize('given, wanted', [
    (dict(type='CocoMetric', metric='bbox'),
     dict(type='mmadvrain.FastCocoMetric', metric='bbox', bootstrap=2000)),
    (dict(type='mmadvrain.FastCocoMetric', bootstrap=7), None),
    (dict(type='mmadvrain.SuccessRateMetric'),
     dict(type='mmadvrain.SuccessRateMetric', bootstrap=2000)),
    (dict(type='CocoMetric', metric=['bbox', 'segm']), None),
    (dict(type='mmadvrain.KittiMetric'), None),
])
def test_metrics_that_can_give_intervals_do(folder, given, wanted):
    metric = dict(given, _delete_=True)
    for draws, expected in ((2000, wanted or given), (0, given)):
        plan = load(folder, test_evaluator=metric, bootstrap=draws)
        evaluator = plan.sources[0].config.test_evaluator
        found = evaluator if isinstance(evaluator, list) else [evaluator]
        assert [dict(entry) for entry in found] == [expected]


def test_overrides_of_one_victim(folder):
    plan = content()
    plan['victims']['one'].update(
        test_evaluator=dict(classwise=True), model=dict(test_cfg=dict(x=1)))
    two, one = load(folder, **plan).victims
    assert one.config.test_evaluator[0].classwise
    assert one.config.model.test_cfg.x == 1
    assert 'classwise' not in two.config.test_evaluator[0]


def loop_of(plan, number=0):
    return plan.attack_config(plan.sources[0], plan.cells[number]).test_cfg


@pytest.mark.parametrize('entry, path', [
    ('rain.py', 'rain.py'),
    (dict(attack='rain.py'), 'rain.py'),
    (dict(attack=toy_attack(3)), 'inline'),
    (dict(attack=dict(type='mmadvrain.AttackLoop', attack=toy_attack(3))),
     'inline'),
])
def test_forms_of_an_attack(folder, entry, path):
    plan = load(folder, attacks=dict(rain=entry))
    cell, = plan.cells
    assert loop_of(plan).type == 'mmadvrain.AttackLoop'
    assert loop_of(plan).attack.steps == 3
    assert plan.views(plan.sources[0], cell) == ('random', 'adversarial')
    assert cell.path == (path if path == 'inline' else str(folder / path))


def test_without_an_attack_it_is_that_of_the_source(folder):
    plan = load(folder, attacks=dict(rain=dict()))
    # the default for a two-stage detector
    assert [o.type for o in loop_of(plan).attack.objectives] == [
        'mmadvrain.DetectorLossObjective', 'mmadvrain.MarginObjective'
    ]


def test_what_comes_later_wins(folder):
    """The attack < settings of all < options of the cell."""
    steps, seed = 'test_cfg.attack.steps', 'test_cfg.attack.seed'
    attacks = dict(
        rain='rain.py', long=dict(attack='rain.py', options={steps: 9}))
    plan = load(
        folder, {
            steps: 7,
            seed: 4
        },
        attacks=attacks,
        test_cfg=dict(batch_size=2, attack=dict(steps=5)))
    assert [(loop_of(plan, i).attack.steps, loop_of(plan, i).attack.seed)
            for i in (0, 1)] == [(7, 4), (9, 4)]
    assert loop_of(plan).batch_size == 2
    assert load(folder).cells[0].loop.attack.steps == 3


def test_the_kind_of_victim_is_the_sources_own(folder):
    config = Config.fromfile(folder / 'two.py')
    config.test_cfg = dict(
        type='mmadvrain.AttackLoop',
        attack=toy_attack(1),
        victim=dict(type='mmadvrain.ClassifierVictim'))
    config.dump(folder / 'two.py')
    assert loop_of(load(folder)).victim.type == 'mmadvrain.ClassifierVictim'


def test_views_are_some_of_those_that_are_stored(folder):
    options = {'test_cfg.random_views': ['l2']}
    plan = load(folder, options, attacks=dict(a='rain.py'))
    source, = plan.sources
    assert plan.views(source,
                      plan.cells[0]) == ('random', 'random_l2', 'adversarial')
    plan = load(
        folder,
        options,
        attacks=dict(a=dict(attack='rain.py', views='random_l2')))
    assert plan.views(source, plan.cells[0]) == ('random_l2', )


def test_sweeps(folder):
    density = 'test_cfg.attack.perturbation.init.density'
    plan = load(
        folder,
        attacks=None,
        sweeps=dict(
            eps_n={
                '0.5': dict(options={density: 0.5}),
                'much': dict(options={density: 0.6}, line='b')
            },
            grid={
                'a.x': [1, 2],
                'a.kind': ['p', None]
            }))
    assert [(c.sweep, c.label, c.x, c.line) for c in plan.cells
            ] == [('eps_n', '0.5', 0.5, ''), ('eps_n', 'much', None, 'b'),
                  ('grid', 'x=1, kind=p', 1, 'kind=p'),
                  ('grid', 'x=1, kind=None', 1, 'kind=None'),
                  ('grid', 'x=2, kind=p', 2, 'kind=p'),
                  ('grid', 'x=2, kind=None', 2, 'kind=None')]
    assert plan.cells[3].options == {'a.x': 1, 'a.kind': None}
    assert loop_of(plan, 0).attack.perturbation.init.density == 0.5


def test_each_attack_is_made_with_each_seed(folder):
    rain = dict(
        rain=dict(attack='rain.py'),
        own=dict(attack='rain.py', options={'test_cfg.attack.seed': 7}))
    plan = load(folder, seeds=[3, 4], attacks=rain)
    assert [cell.label for cell in plan.cells] == ['rain', 'rain', 'own']
    assert [loop_of(plan, i).attack.seed for i in range(3)] == [3, 4, 7]


def test_the_callers_plan_stays(folder):
    plan = Config.fromfile(write_plan(folder / 'plan.py', content()))
    before = copy.deepcopy(plan.to_dict())
    load_plan(plan, {'test_dataloader.dataset.indices': 2})
    assert plan.to_dict() == before


@pytest.mark.parametrize('changes, match', [
    (dict(sources=None), 'wants `sources`'),
    (dict(sources=['two.py']), '`sources` as a dict by name'),
    (dict(attacks=dict()), 'wants `attacks` or `sweeps`'),
    (dict(sources=dict(two='two.py')), r'wanted two as dict\(config=FILE'),
    (dict(sources={'a/b': dict(config='two.py')}), "folders too.*'a/b'"),
    (dict(attacks=dict(rain=3)), "'rain' as a file"),
    (dict(attacks=dict(rain=dict(attack=3))), 'attack of rain as a file'),
    (dict(attacks=dict(rain=dict(steps=3))), "some of .*got {'steps': 3}"),
    (dict(attacks=dict(rain='two.py')), 'one AttackLoop in .*found 0'),
    (dict(attacks=dict(rain=dict(attack='rain.py', views=['clean']))),
     '`views` of rain'),
    (dict(sources=dict(two=dict(config='rain.py'))), 'has no `model`'),
    (dict(sweeps=dict(attacks=dict(a='rain.py'))), "called 'attacks'"),
    (dict(seeds=3), '`seeds` must be a list of different ints.* got 3'),
    (dict(seeds=[1, 1]), r'different ints, but got \[1, 1\]'),
    (dict(sweeps={'a/b': dict()}), "files too, but got 'a/b'"),
    (dict(sweeps=dict(a='rain.py')), 'the sweep a as a dict'),
    (dict(sweeps=dict(a=dict(x=[]))), 'at least one value'),
    (dict(
        attacks=dict(
            rain=dict(options={'test_dataloader.dataset.indices': 3}))),
     "'rain' changes .*share the data"),
])
def test_refused(folder, changes, match):
    with pytest.raises(ValueError, match=match):
        load(folder, **changes)


def test_files_that_are_not_there(folder):
    with pytest.raises(FileNotFoundError, match='no plan at'):
        load_plan(folder / 'none.py')
    with pytest.raises(FileNotFoundError, match='no config file at none.py'):
        load(folder, sources=dict(two=dict(config='none.py')))
