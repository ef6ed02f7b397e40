"""The examples of the documentation run, and do what they say."""
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from mmadvrain.attacks import IterativeAttack
from mmadvrain.datasets.native_images import NativeImages
from mmadvrain.registry import DATASETS, TASK_UTILS
from mmadvrain.victims import DetectorVictim, build_victim
from tests.toys import toy_images, trained_detector

ROOT = Path(__file__).parents[1]
EXAMPLES = re.findall(r'^## (.*?)$.*?^```python\n(.*?)^```',
                      (ROOT / 'docs/extend.md').read_text(), re.M | re.S)


@pytest.fixture(scope='module')
def classes():
    """Run every example once; give the class that each defines."""
    kinds = {}
    for title, code in EXAMPLES:
        names = {}
        exec(compile(code, title, 'exec'), names)
        name = re.findall(r'^class (\w+)', code, re.M)[-1]
        kinds[title] = names[name]
    yield kinds
    for kind in kinds.values():
        for registry in (TASK_UTILS, DATASETS):
            registry.module_dict.pop(kind.__name__, None)


def attack(victim=None, **parts):
    """Three steps on a toy image."""
    images = toy_images()
    parts.setdefault('perturbation', dict(type='mmadvrain.RainPerturbation'))
    parts.setdefault('objectives',
                     [dict(type='mmadvrain.DetectorLossObjective')])
    attacker = IterativeAttack(steps=3, **parts)
    sample = images[0]
    victim = victim or DetectorVictim(trained_detector())
    result, = attacker.run(victim, [sample.clean], [sample.target], [0])
    return sample, result


def test_examples_are_short():
    assert len(EXAMPLES) == 5
    for title, code in EXAMPLES:
        body = code[code.index('class '):]
        assert len(body.splitlines()) <= 20, title


def test_an_objective(classes):
    kind = classes['An objective']
    _, result = attack(objectives=[dict(type=f'mmadvrain.{kind.__name__}')])
    curve = result.losses['feature_norm']
    assert min(curve) < curve[0]


def test_a_rule(classes):
    kind = classes['A rule']
    grad = torch.tensor([0.] * 99 + [100.])
    clipped, _ = kind(1.)(grad, None)
    assert clipped.max() == grad.std() and (clipped[:99] == 0).all()
    attack(rules=[dict(type=f'mmadvrain.{kind.__name__}')])


def test_a_perturbation(classes):
    kind = classes['A perturbation']
    _, result = attack(perturbation=dict(type=f'mmadvrain.{kind.__name__}'))
    values = result.params.values
    assert kind().magnitude(result.params)['fog'] == pytest.approx(
        float(values.abs().mean()))
    fog = kind(step_size=0.01, norm='sign')
    clean = torch.full((3, 4, 5), 0.5)
    start = fog.begin(clean, torch.Generator())
    direction = torch.tensor([-3., 1., 1.]).reshape(3, 1, 1).expand(3, 4, 5)
    lighter = fog.descend(start, start, clean, direction, 1, 1).values
    torch.testing.assert_close(lighter, torch.full((3, 4, 5), 0.01))


def test_a_victim(classes):
    kind = classes['A victim']
    dataset = toy_images().dataset
    victim = build_victim(
        dict(type=f'mmadvrain.{kind.__name__}'), trained_detector(), dataset)
    assert type(victim) is kind
    assert victim.classes == dataset.metainfo['classes']
    sample, _ = attack(victim)
    prediction, = victim.predict([sample.clean], [sample.target])
    assert (prediction.pred_instances.scores >= 0.5).all()


def test_a_data_set(classes, tmp_path):
    kind = classes['A data set']
    cv2.imwrite(
        str(tmp_path / 'street.png'), np.full((64, 96, 3), 90, np.uint8))
    pipeline = [dict(type='LoadImageFromFile'), dict(type='PackDetInputs')]
    images = NativeImages(
        DATASETS.build(
            dict(
                type=f'mmadvrain.{kind.__name__}',
                data_prefix=dict(img=str(tmp_path)),
                pipeline=pipeline,
                test_mode=True,
                _scope_='mmdet')))
    sample = images[0]
    assert sample.clean.shape == (3, 64, 96) and not sample.problems
    assert sample.target.gt_instances.bboxes.tolist() == [[8., 8., 40., 40.]]


def test_the_readme_draws_rain():
    block, = re.findall(r'^```python\n(import torch.*?)^```',
                        (ROOT / 'README.md').read_text(), re.M | re.S)
    names = {}
    exec(compile(block, 'README.md', 'exec'), names)
    rainy, clean = names['rainy'], names['clean']
    assert (rainy >= clean).all() and (rainy > clean).any()


@pytest.mark.parametrize(
    'page', ['README.md', 'CONTRIBUTING.md'] +
    [f'docs/{p.name}' for p in ROOT.glob('docs/*.md')] +
    [str(p.relative_to(ROOT)) for p in ROOT.glob('configs/**/README.md')])
def test_links_lead_somewhere(page):
    path = ROOT / page
    for target in re.findall(r'\]\(([^)#]+)[^)]*\)', path.read_text()):
        # docs/reference.py writes some pages when the site is built
        if not target.startswith(('http', 'mailto', '_reference/')):
            assert (path.parent / target).exists(), target
