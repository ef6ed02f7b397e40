"""One config of every family of MMDetection's zoo, with random weights.

A dozen heads that differ most are always tried; MMADVRAIN_WHOLE_ZOO=1 takes
all families, which takes a quarter of an hour.
"""
import math
import os

import pytest
import torch
from mmdet.datasets.transforms import LoadAnnotations
from mmdet.registry import DATASETS
from mmdet.utils import register_all_modules
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.logging import MessageHub
from torch.nn.modules.batchnorm import _NormBase

from mmadvrain.attacks.iterative_attack import IterativeAttack
from mmadvrain.attacks.objectives import DetectorLossObjective
from mmadvrain.datasets.native_images import NativeImages
from mmadvrain.victims.detector_victim import DetectorVictim
from tests.test_tools.run_tool import load_tool

zoo = load_tool('analysis_tools/check_zoo.py')
# another loss in training mode, a history, a warm-up, masks, many samplers
DIFFERENT = ('dynamic_rcnn', 'fcos', 'mask_rcnn', 'tood', 'vfnet')
FAMILIES = zoo.families()
CHOSEN = list(FAMILIES) if os.getenv('MMADVRAIN_WHOLE_ZOO') else [
    family for family in DIFFERENT if family in FAMILIES
]


def victim_of(family, root, count=1):
    """A victim and its images; skips what cannot be attacked on a CPU."""
    register_all_modules(init_default_scope=True)
    path = FAMILIES[family]
    try:
        config = zoo.attack_config(path, root)
        model = zoo.build(config)
    except Exception as error:
        pytest.skip(f'MMDetection does not build it here: {error}')
    zoo.write_images(root, zoo.num_classes(config), count)
    try:
        images = NativeImages(
            DATASETS.build(config.test_dataloader.dataset),
            DetectorVictim.target)
        victim = DetectorVictim.from_dataset(model, images.dataset)
        sample = victim.check(images)
        with victim.frozen():
            victim.forward([sample.clean], [sample.target]).training_losses()
    except (ValueError, ImportError) as error:
        pytest.skip(f'refused: {error}')
    except (RuntimeError, NotImplementedError) as error:
        if 'implementation for device' not in str(error):
            raise
        pytest.skip(f'no kernel: {error}')
    return victim, images


def drawing():
    return torch.Generator().manual_seed(0)


def annotations_of(family):
    """What the training pipeline of a family's config loads."""
    config = Config.fromfile(FAMILIES[family])
    loads = [
        part for part in zoo.settings(config.to_dict())
        if 'LoadAnnotations' in str(part.get('type'))
    ]
    return LoadAnnotations(
        with_bbox=True,
        **{
            key: any(part.get(key) for part in loads)
            for key in ('with_mask', 'with_seg')
        })


def losses_of_a_step(model, images, seed, load, pixels):
    """The terms of MMDetection's own training step, on its own pipeline.

    Its pixels are rounded to 8 bits behind the resize, which can be another
    choice of queries and masks: they are compared, and replaced.
    """
    steps = list(images.dataset.pipeline.transforms)
    info = images.dataset.get_data_info(0)
    data = Compose([steps[0], load, *steps[1:]])(info)
    preprocess = model.data_preprocessor
    preprocess.batch_augments = None
    model.train()
    for module in model.modules():
        name = type(module).__name__
        if isinstance(module, _NormBase) or 'Drop' in name or \
                'Attention' in name:
            module.training = False
    zoo.np.random.seed(seed)
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        data = preprocess(pseudo_collate([data]), True)
        level = 1 / float(getattr(preprocess, 'std', torch.ones(1)).min())
        torch.testing.assert_close(
            data['inputs'], pixels, rtol=0., atol=1.01 * level)
        data['inputs'] = pixels
        losses = model(**data, mode='loss')
    return model.parse_losses(losses)[1]


@pytest.mark.parametrize('family', CHOSEN)
def test_every_term_equals_that_of_the_detectors_training_step(
        family, tmp_path, monkeypatch):
    victim, images = victim_of(family, tmp_path)
    sample = images[0]
    with victim.frozen(), torch.no_grad():
        pixels, _ = victim.encode([sample.clean], [sample.target])
        outputs = victim.forward([sample.clean], [sample.target])
        seed = int(torch.randint(2**32, (), generator=drawing()))
        torch.manual_seed(seed)
        zoo.np.random.seed(seed)
        terms = outputs.training_losses()
        total = DetectorLossObjective().loss(outputs, [drawing()])
    hub = MessageHub.get_current_instance()
    monkeypatch.setitem(hub._runtime_info, 'epoch', 10**9)
    monkeypatch.setitem(hub._runtime_info, 'iter', 10**9)
    wanted = losses_of_a_step(victim.model, images, seed,
                              annotations_of(family), pixels)
    wanted_terms = {name for name in wanted if 'loss' in name}
    assert set(terms) == wanted_terms - {'loss'}
    for name, value in terms.items():
        assert float(value) == pytest.approx(
            float(wanted[name]), rel=1e-5, abs=1e-6), name
    assert float(total) == pytest.approx(
        -float(wanted['loss']), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize('family', CHOSEN)
def test_an_image_behind_ten_others_has_the_result_it_has_alone(
        family, tmp_path):
    victim, images = victim_of(family, tmp_path, count=2)

    def result(index):
        sample = images[index]
        leaf = sample.clean.clone().requires_grad_()
        with victim.frozen():
            outputs = victim.forward([leaf], [sample.target])
            loss = DetectorLossObjective().loss(outputs, [drawing()])
            return loss.detach(), torch.autograd.grad(loss.sum(), leaf)[0]

    alone = result(0)
    with victim.frozen(), torch.no_grad():
        outputs = victim.forward([images[1].clean], [images[1].target])
        for _ in range(10):
            DetectorLossObjective().loss(outputs, [drawing()])
    for value, wanted in zip(result(0), alone):
        assert torch.equal(value, wanted)


@pytest.mark.parametrize('family', ['fcos', 'dynamic_rcnn', 'retinanet'])
def test_gradients_are_balanced_at_the_features_of_any_detector(
        family, tmp_path):
    victim, images = victim_of(family, tmp_path)
    sample = images[0]
    attack = IterativeAttack(
        dict(type='mmadvrain.RainPerturbation'),
        [DetectorLossObjective(name=name) for name in 'ab'],
        steps=2,
        balance='features')
    result, = attack.run(victim, [sample.clean], [sample.target], [0])
    assert not result.flags
    assert all(map(math.isfinite, result.summed_losses))
    assert not torch.equal(result.params.theta, result.initial_params.theta)
