"""The plans that come with the project, and the detectors they name."""
import functools
from pathlib import Path

import pytest

from mmadvrain.apis.load_plan import load_plan
from mmadvrain.attacks.iterative_attack import IterativeAttack
from mmadvrain.registry import build_part

CONFIGS = Path(__file__).parents[1] / 'configs'
PLANS = sorted(p.name for p in (CONFIGS / 'studies').glob('*.py'))
PAPER = ['FR-v16', 'FR-mn', 'FR-rn50', 'FR-rn101', 'FR-rn152']
PARTS = dict(zip(PAPER, ['vgg16', 'mobilenet-v1', 'r50', 'r101', 'r152']))


@functools.cache
def load(name):
    return load_plan(CONFIGS / 'studies' / name)


@pytest.mark.parametrize('name', PLANS)
def test_every_cell_makes_an_attack(name):
    plan = load(name)
    for model in (*plan.sources, *plan.victims):
        network = model.config.model.get('network', {})
        assert model.checkpoint or network.get('file') or \
            network.type == 'mmadvrain.TimmNetwork'
        # a TorchScript file does not know its own size
        assert not network.get('file') or model.config.model.input_size
    attacks = set()
    for cell in plan.cells:
        loop = plan.attack_config(plan.sources[0], cell).test_cfg
        kind = loop.attack.perturbation.type
        if not kind.endswith('GeneratorPerturbation'):  # wants its weights
            build_part(loop.attack, IterativeAttack)
        victim = loop.get('victim', {}).get('type')
        assert (victim == 'mmadvrain.ClassifierVictim') == ('cls/success_all'
                                                            in plan.metrics)
        attacks.add((cell.sweep, str(loop)))
    assert len(attacks) == len(plan.cells)
    assert plan.metrics and plan.title


def test_rows_of_the_rules_take_ten_steps_each_or_one():
    plan = load('table3.py')
    for cell in plan.cells:
        attack = plan.attack_config(plan.sources[0], cell).test_cfg.attack
        one = cell.label.removeprefix('AdvRain-') in ('FGSM', 'TI-FGSM')
        assert attack.steps == (1 if one else 10), cell.label
        signs = [r for r in attack.rules if r.type.endswith('SignRule')]
        assert bool(signs) == cell.label.startswith('AdvRain'), cell.label
        assert [o.type for o in attack.objectives
                ] == ['mmadvrain.CrossEntropyObjective']


@pytest.mark.parametrize('name, row, values', [
    ('table2.py', 'random (AdvRain2)', [45.5, 43.2, 41.6, 44.0]),
    ('table3.py', 'AdvRain-DIM', [98.5, 76.4, 69.5, 74.2]),
    ('table4.py', 'TI-DIM', [29.6, 31.9, 22.0]),
])
def test_numbers_of_the_classifiers(name, row, values):
    plan = load(name)
    published = plan.paper['values']['attacks']
    assert list(published[row].values()) == values
    assert list(published[row]) == [v.name for v in plan.victims]
    rows = {cell.label for cell in plan.cells}
    assert {r.removeprefix('random (').removesuffix(')')
            for r in published} <= rows


def test_numbers_of_the_bounds():
    plan = load('table1.py')
    values = plan.paper['values']
    assert values['eps_theta']['0.4'] == {'Inc-v3': 99.5}
    assert values['eps_n']['0.001'] == {'Inc-v3': 81.5}
    labels = {(c.sweep, c.label) for c in plan.cells}
    assert {(s, label) for s in values for label in values[s]} < labels


@pytest.mark.parametrize('name, data', [
    ('table5_coco.py', 'coco'),
    ('table6_kitti.py', 'kitti'),
    ('table5_converted_coco.py', 'coco'),
    ('table6_converted_kitti.py', 'kitti'),
])
def test_five_detectors_of_the_paper(name, data):
    plan = load(name)
    assert [s.name for s in plan.sources] == ['FR-v16']
    assert [v.name for v in plan.victims] == PAPER
    assert [c.label for c in plan.cells
            ] == ['RAP', 'UEA', 'AdvRain', 'AdvRain as written']
    rap = plan.cells[-1].loop.attack.objectives
    assert [o.type for o in rap] == ['mmadvrain.RAPObjective']
    for victim in plan.victims:
        stem = Path(victim.path).stem
        part = PARTS[victim.name]
        if 'converted' in name and part == 'r152':
            part = 'r152-caffe'
        assert f'_{part}_' in stem
        assert stem.endswith(f'_{data}')
        if name == 'table5_converted_coco.py':
            assert victim.checkpoint == f'checkpoints/{stem}.pth'
        else:
            iters = victim.config.train_cfg.max_iters
            assert victim.checkpoint == f'work_dirs/{stem}/iter_{iters}.pth'
        classes = victim.config.model.roi_head.bbox_head.num_classes
        assert classes == dict(coco=80, kitti=3)[data]
        kinds = [m.type for m in victim.config.test_evaluator]
        assert 'mmadvrain.PascalMetric' in kinds


@pytest.mark.parametrize('name, first, last', [
    ('table5_coco.py', [43.8, 3.3, 5.7, 2.2], [56.8, 22.3, 24.1, 19.7]),
    ('table6_kitti.py', [74.6, 8.7, 10.3, 5.6], [78.4, 23.9, 26.3, 18.2]),
])
def test_numbers_of_the_paper(name, first, last):
    paper = load(name).paper
    rows = ['clean', 'RAP', 'UEA', 'AdvRain']
    values = dict(paper['values'], **paper['values']['attacks'])
    assert set(values) == {*rows, 'attacks'}
    for victim, column in (('FR-v16', first), ('FR-rn152', last)):
        assert [values[row][victim] for row in rows] == column
    assert paper['metric'] == load(name).metrics[0]
    assert paper['metric'] == 'pascal/mAP_0.7_11point_plus1'


@pytest.mark.parametrize('derainer, kind', [('prenet', 'PReNet'),
                                            ('efderain', 'EfDeRain')])
def test_defended_and_bare(derainer, kind):
    plan = load(f'defended_{derainer}_coco.py')
    for detectors in (plan.sources, plan.victims):
        bare, defended = detectors
        assert (bare.name, defended.name) == ('bare', 'defended')
        assert bare.checkpoint == defended.checkpoint
        preprocessor = defended.config.model.data_preprocessor
        assert preprocessor.type == 'mmadvrain.DerainingPreprocessor'
        assert preprocessor.derainer.type == f'mmadvrain.{kind}'
        assert preprocessor.base == bare.config.model.data_preprocessor
        assert defended.config.model.roi_head == bare.config.model.roi_head


def test_table_8_has_each_classifier_bare_and_behind_a_derainer():
    plan = load('table8.py')
    assert [s.name for s in plan.sources] == ['Inc-v3', 'PReNet, Inc-v3']
    bare, defended = plan.victims[:4], plan.victims[4:]
    for one, other in zip(bare, defended, strict=True):
        assert other.name == f'PReNet, {one.name}'
        derainer = other.config.model.pop('derainer')
        assert derainer.type == 'mmadvrain.PReNet' and derainer.checkpoint
        assert other.config.model == one.config.model
        other.config.model.derainer = derainer
    rainy = plan.paper['values']['attacks']['Inc-v3: random (AdvRain)']
    assert rainy['IncRes-v2'] == 58.4 and rainy['PReNet, Xception'] == 84.7
