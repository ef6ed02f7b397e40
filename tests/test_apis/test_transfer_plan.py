"""A plan is read, merged and checked before any work."""
import copy

import pytest
from mmengine.config import Config

from mmadvrain.apis.transfer_plan import load_plan
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
    assert one.config.test_evaluator.type == 'CocoMetric'
    assert one.config.model.type == 'RetinaNet'


def test_weights_are_those_of_the_entry_or_of_the_config(folder):
    plan = load(folder)
    assert plan.sources[0].checkpoint == 'a.pth'
    assert [v.checkpoint for v in plan.victims] == ['b.pth', 'c.pth']


def test_without_victims_they_are_the_sources(folder):
    plan = load(folder, victims=None)
    assert [v.name for v in plan.victims] == ['two']


def test_data_of_the_plan_and_number_of_images(folder):
    plan = load(
        folder,
        data=dict(test_evaluator=dict(type='mmadvrain.FastCocoMetric')),
        indices=[0, 2])
    for detector in (*plan.sources, *plan.victims):
        assert detector.config.test_evaluator.type.endswith('FastCocoMetric')
        assert detector.config.test_dataloader.dataset.indices == [0, 2]


def test_overrides_of_one_victim(folder):
    plan = content()
    plan['victims']['one'].update(
        test_evaluator=dict(classwise=True), model=dict(test_cfg=dict(x=1)))
    two, one = load(folder, **plan).victims
    assert one.config.test_evaluator.classwise
    assert one.config.model.test_cfg.x == 1
    assert 'classwise' not in two.config.test_evaluator


@pytest.mark.parametrize('entry', [
    'rain.py',
    dict(config='rain.py'),
    toy_attack(3),
    dict(type='mmadvrain.AttackLoop', attack=toy_attack(3)),
])
def test_forms_of_an_attack(folder, entry):
    attack, = load(folder, attacks=dict(rain=entry)).attacks
    assert attack.loop.type == 'mmadvrain.AttackLoop'
    assert attack.loop.attack.steps == 3
    assert attack.seed == 0
    assert attack.views == ('random', 'adversarial')
    assert attack.path == ('inline' if 'type' in entry else str(folder /
                                                                'rain.py'))


def test_overrides_of_an_attack(folder):
    entry = dict(
        config='rain.py',
        views=['adversarial'],
        attack=dict(seed=4),
        batch_size=2)
    attack, = load(
        folder, {
            'attacks.rain.attack.steps': 7
        }, attacks=dict(rain=entry)).attacks
    assert (attack.loop.attack.steps, attack.seed) == (7, 4)
    assert attack.loop.batch_size == 2
    assert 'views' not in attack.loop and attack.views == ('adversarial', )


def test_the_callers_plan_stays(folder):
    plan = Config.fromfile(write_plan(folder / 'plan.py', content()))
    before = copy.deepcopy(plan.to_dict())
    load_plan(plan, {'indices': 2})
    assert plan.to_dict() == before


@pytest.mark.parametrize('changes, match', [
    (dict(sources=None), 'wants `sources`'),
    (dict(attacks=dict()), 'wants `attacks`'),
    (dict(sources=dict(two='two.py')), r'wanted two as dict\(config=FILE'),
    (dict(sources={'a/b': dict(config='two.py')}), "folders too.*'a/b'"),
    (dict(attacks=dict(rain=3)), 'attack rain as a file'),
    (dict(attacks=dict(rain='two.py')), 'one AttackLoop in .*found 0'),
    (dict(attacks=dict(rain=dict(config='rain.py', views=['clean']))),
     '`views` of rain'),
    (dict(sources=dict(two=dict(config='rain.py'))), 'has no `model`'),
])
def test_refused(folder, changes, match):
    with pytest.raises(ValueError, match=match):
        load(folder, **changes)


def test_files_that_are_not_there(folder):
    with pytest.raises(FileNotFoundError, match='no plan at'):
        load_plan(folder / 'none.py')
    with pytest.raises(FileNotFoundError, match='no config file at none.py'):
        load(folder, sources=dict(two=dict(config='none.py')))
