"""The plans that come with the project, and the detectors they name."""
import functools
from pathlib import Path

import pytest

from mmadvrain.apis.transfer_plan import load_plan

CONFIGS = Path(__file__).parents[1] / 'configs'
PLANS = sorted(p.name for p in (CONFIGS / 'transfer').glob('*.py'))
PAPER = ['FR-v16', 'FR-mn', 'FR-rn50', 'FR-rn101', 'FR-rn152']
PARTS = dict(zip(PAPER, ['vgg16', 'mobilenet-v1', 'r50', 'r101', 'r152']))


@functools.cache
def load(name):
    return load_plan(CONFIGS / 'transfer' / name)


@pytest.mark.parametrize('name', PLANS)
def test_loads_with_weights_named(name):
    plan = load(name)
    for detector in (*plan.sources, *plan.victims):
        assert detector.checkpoint, detector.name
    assert all(a.loop.attack.type == 'mmadvrain.IterativeAttack'
               for a in plan.attacks)
    assert plan.metrics and plan.title


@pytest.mark.parametrize('name, data', [('table5_coco.py', 'coco'),
                                        ('table6_kitti.py', 'kitti')])
def test_five_detectors_of_the_paper(name, data):
    plan = load(name)
    assert [s.name for s in plan.sources] == ['FR-v16']
    assert [v.name for v in plan.victims] == PAPER
    assert [a.name for a in plan.attacks] == ['RAP', 'UEA', 'AdvRain']
    rap = plan.attacks[-1].loop.attack.objectives
    assert [o.type for o in rap] == ['mmadvrain.RAPObjective']
    for victim in plan.victims:
        stem = Path(victim.path).stem
        assert f'_{PARTS[victim.name]}_' in stem
        assert stem.endswith(f'_{data}')
        assert Path(victim.checkpoint).parts[:2] == ('work_dirs', stem)
        iters = victim.config.train_cfg.max_iters
        assert Path(victim.checkpoint).stem == f'iter_{iters}'
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
    assert list(paper['values']) == rows
    for victim, column in (('FR-v16', first), ('FR-rn152', last)):
        assert [paper['values'][row][victim] for row in rows] == column
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
