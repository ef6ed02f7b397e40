"""Training steps by hand, and the whole job: train, save, load, attack."""
import copy

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.optim import build_optim_wrapper
from mmengine.runner import Runner

from mmadvrain.apis.attack import run_attack
from mmadvrain.functional.pixel_space import from_bgr_uint8, to_bgr_uint8
from mmadvrain.perturbations.noise import Noise
from mmadvrain.registry import MODELS
from mmadvrain.utils.checkpoint import load_weights
from mmadvrain.victims.detector_victim import DetectorVictim
from projects.uea.uea.generator_perturbation import GeneratorPerturbation
from projects.uea.uea.rpn_attention import attention_map
from projects.uea.uea.uea_generator import UEAGenerator
from projects.uea.uea.uea_model import UEAModel
from tests.toys.made_once import (
    toy_images,
    toy_root,
    trained_detector,
    trained_weights,
)
from tests.toys.records import read_records
from tests.toys.toy_data import write_toy_coco
from tests.toys.toy_detector import toy_config

GENERATOR = dict(
    type='mmadvrain.UEAGenerator', size_hw=(48, 48), channels=8, blocks=1)
OPTIM = dict(
    constructor='MultiOptimWrapperConstructor',
    generator=dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=5e-3)),
    discriminator=dict(
        type='OptimWrapper', optimizer=dict(type='Adam', lr=2e-4)))


@pytest.fixture(scope='module')
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp('victim') / 'toy.py'
    toy_config(toy_root()).dump(path)
    return str(path)


def model_cfg(config, **changes):
    return dict(
        dict(
            type='mmadvrain.UEAModel',
            generator=GENERATOR,
            discriminator=dict(
                type='mmadvrain.PatchDiscriminator', channels=4),
            victim=dict(config=config, checkpoint=str(trained_weights()))),
        **changes)


def build(config, **changes) -> UEAModel:
    torch.manual_seed(0)
    model = MODELS.build(model_cfg(config, **changes))
    model.init_weights()
    return model.train()


def batch(*indices):
    samples = [toy_images()[i] for i in indices]
    return pseudo_collate(
        [dict(inputs=s.image, data_samples=s.target) for s in samples])


def state(module):
    return {k: v.clone() for k, v in module.state_dict().items()}


def changed(module, before):
    after = module.state_dict()
    return [k for k, v in before.items() if not torch.equal(v, after[k])]


def test_a_step_changes_the_two_networks_and_nothing_else(config):
    model = build(config)
    victim = model.victim.model
    before = [state(m) for m in (model.generator, model.discriminator, victim)]
    data = batch(0, 1)
    images = [image.clone() for image in data['inputs']]
    logs = model.train_step(data,
                            build_optim_wrapper(model, copy.deepcopy(OPTIM)))
    weights = {n for n, _ in model.generator.named_parameters()}
    assert set(changed(model.generator, before[0])) == weights
    assert changed(model.discriminator, before[1])
    assert changed(victim, before[2]) == []
    assert not any(w.grad is not None for w in victim.parameters())
    assert not any(m.training for m in victim.modules())
    for image, old in zip(data['inputs'], images):
        assert torch.equal(image, old)
    assert all(np.isfinite(float(v)) for v in logs.values())


def test_state_dict_holds_no_detector(config):
    names = build(config).state_dict()
    assert {n.split('.')[0] for n in names} == {'generator', 'discriminator'}


@pytest.mark.parametrize('mask_noise', [False, True])
def test_losses_against_hand_calculation(config, mask_noise):
    model = build(config, mask_noise=mask_noise, l2_weight=0.3)
    sample = toy_images()[0]
    before = copy.deepcopy(model)
    logs = model.train_step(
        batch(0), build_optim_wrapper(model, copy.deepcopy(OPTIM)))
    # on the networks as they were, with the detector as the tests have it
    victim = DetectorVictim(trained_detector())
    victim.model.requires_grad_(False)
    with torch.no_grad():
        pixels = before.generator.working_pixels(sample.image)
        noise = before.generator(pixels)
        clean = victim.forward([sample.image], [sample.target])
        if mask_noise:
            height, width = sample.image.shape[-2:]
            found = clean.proposals[0]
            noise = noise * attention_map(
                found.bboxes * torch.tensor([48 / width, 48 / height] * 2),
                found.scores, (48, 48))
        noisy = (pixels + noise).clamp(-1, 1)
        assert float(logs['loss_l2']) == pytest.approx(
            0.3 * float(((noisy - pixels)**2).sum()), rel=1e-4)
        native = (sample.image + UEAGenerator.native_noise(
            noisy - pixels, sample.image.shape[-2:])).clamp(0, 1)
        outputs = victim.forward([native], [sample.target])
        for objective in before.objectives:
            expected = objective.loss(
                outputs, objective.prepare(clean, [torch.Generator()]))
            assert float(logs[f'loss_{objective.name}']) == pytest.approx(
                float(expected), rel=1e-3)
        real = before.discriminator(pixels).sigmoid().log().mean()
        fake = (1 - before.discriminator(noisy).sigmoid()).log().mean()
        assert float(logs['loss_d']) == pytest.approx(
            -float(real + fake) / 2, rel=1e-3)
        # the generator meets the discriminator after its step
        after = copy.deepcopy(model.discriminator).train()
        expected = -float(after(noisy).sigmoid().log().mean())
        assert float(logs['loss_gan']) == pytest.approx(expected, rel=1e-3)
    parts = ('gan', 'l2', 'class_margin', 'feature')
    assert float(logs['loss']) == pytest.approx(
        sum(float(logs[f'loss_{n}']) for n in parts), rel=1e-4)


def test_a_step_in_bfloat16_is_that_in_float32_but_for_rounding(config):
    logs, moved = {}, {}
    for half in (False, True):
        model = build(config, bfloat16=half)
        before = state(model.generator)
        logs[half] = model.train_step(
            batch(0), build_optim_wrapper(model, copy.deepcopy(OPTIM)))
        after = model.generator.state_dict()
        assert {value.dtype
                for value in after.values()
                } == {value.dtype
                      for value in before.values()}
        moved[half] = torch.cat([(after[name] - before[name]).flatten()
                                 for name in before if name != 'size_hw'])
    for name, value in logs[False].items():
        assert float(logs[True][name]) == pytest.approx(float(value), rel=0.02)
    assert any(
        float(logs[True][name]) != float(value)
        for name, value in logs[False].items())
    assert torch.cosine_similarity(moved[True], moved[False], 0) > 0.9


@pytest.mark.parametrize('variant, moves', [('paper', True), ('code', False)])
def test_only_the_papers_gan_loss_moves_the_generator(config, variant, moves):
    model = build(config, variant=variant, objectives=[], l2_weight=0.)
    before = state(model.generator)
    optim = build_optim_wrapper(model, copy.deepcopy(OPTIM))
    logs = model.train_step(batch(0), optim)
    assert float(logs['loss_gan']) > 0
    assert bool(changed(model.generator, before)) == moves


def test_code_takes_many_steps_until_a_floor(config, monkeypatch):
    model = build(config, variant='code')
    optim = build_optim_wrapper(model, copy.deepcopy(OPTIM))
    steps = dict(generator=0, discriminator=0)
    for name in steps:
        plain = optim[name].update_params

        def count(loss, name=name, plain=plain):
            steps[name] += 1
            plain(loss)

        monkeypatch.setattr(optim[name], 'update_params', count)
    model.floors = dict(feature=-1., l2=-1.)
    model.train_step(batch(0), optim)
    assert steps == dict(generator=21, discriminator=1)
    model.floors = dict(l2=1e9)
    model.train_step(batch(0), optim)
    assert steps == dict(generator=22, discriminator=2)


def test_default_options_of_the_variants(config):
    paper, code = (
        MODELS.build(model_cfg(config, variant=v)) for v in ('paper', 'code'))
    assert (paper.gan_gradient, paper.mask_noise,
            paper.inner_steps) == (True, False, 1)
    assert (code.gan_gradient, code.mask_noise, code.inner_steps) == (False,
                                                                      True, 21)
    assert code.floors == dict(feature=1., l2=1.)


def test_errors(config):
    with pytest.raises(ValueError, match="'paper' or 'code', but got 'x'"):
        MODELS.build(model_cfg(config, variant='x'))
    with pytest.raises(ValueError, match='inner_steps=0'):
        MODELS.build(model_cfg(config, inner_steps=0))
    model = MODELS.build(model_cfg(config))
    with pytest.raises(RuntimeError, match='call init_weights first'):
        model.train_step(batch(0), None)
    with pytest.raises(ValueError, match='trained by its train_step'):
        model([torch.rand(3, 8, 8)], mode='loss')


@pytest.fixture(scope='module')
def finished(config, tmp_path_factory):
    """Some steps by the runner, and an attack with what it saved."""
    root = tmp_path_factory.mktemp('uea')
    write_toy_coco(root)
    train = Config(
        dict(
            default_scope='mmdet',
            model=model_cfg(config, l2_weight=0.01),
            train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=30),
            optim_wrapper=OPTIM,
            train_dataloader=dict(
                batch_size=1,
                num_workers=0,
                sampler=dict(type='DefaultSampler', shuffle=True),
                dataset=dict(type='mmadvrain.NativeDataset', config=config)),
            default_hooks=dict(
                checkpoint=dict(type='CheckpointHook', interval=30)),
            randomness=dict(seed=0),
            work_dir=str(root / 'training'),
            log_level='WARNING'))
    runner = Runner.from_cfg(train)
    runner.train()
    checkpoint = root / 'training/epoch_30.pth'
    attack = dict(
        type='mmadvrain.IterativeAttack',
        steps=1,
        rules=[],
        objectives=[dict(type='mmadvrain.ClassMarginObjective')],
        perturbation=dict(
            type='mmadvrain.GeneratorPerturbation',
            checkpoint=str(checkpoint),
            generator=GENERATOR))
    metrics = run_attack(
        toy_config(root, attack=attack), str(trained_weights()))
    return root, runner.model, checkpoint, metrics


def test_checkpoint_is_read_without_running_code(finished):
    _, model, path, _ = finished
    weights = load_weights(path)
    for name, value in model.state_dict().items():
        assert torch.equal(weights[name], value)
    assert set(weights) == set(model.state_dict())


def test_generator_comes_back(finished, tmp_path):
    _, model, path, _ = finished
    torch.save(model.generator.state_dict(), tmp_path / 'alone.pth')
    for source in (path, tmp_path / 'alone.pth'):
        noise = GeneratorPerturbation(str(source), GENERATOR)
        for name, value in model.generator.state_dict().items():
            assert torch.equal(noise.generator.state_dict()[name], value)


def test_it_attacks(finished):
    _, _, _, metrics = finished
    score = {
        view: metrics[f'{view}/coco/bbox_mAP_50']
        for view in ('clean', 'random', 'adversarial')
    }
    assert score['clean'] > 0.8
    assert score['adversarial'] < score['random']


def test_attack_is_what_the_model_draws(finished):
    root, model, _, _ = finished
    work_dir = root / 'work_dir'
    records = read_records(work_dir)
    for path in sorted((root / 'images').iterdir()):
        clean = from_bgr_uint8(cv2.imread(str(path)))
        with torch.no_grad():
            noisy, = model.eval()([clean])
        stored = cv2.imread(str(work_dir / f'adversarial/{path.stem}.png'))
        apart = np.abs(stored.astype(int) - to_bgr_uint8(noisy))
        assert apart.max() <= 1
        noise = Noise.load(work_dir / f'factors/adversarial/{path.stem}.npz')
        record = records[path.stem]
        # only an image without objects has nothing to be said of
        assert set(record['flags']) <= {'no_objects'}
        assert record['adversarial']['linf'] == pytest.approx(
            float(noise.values.abs().max()))
        other = record['random']['rms']
        assert other == pytest.approx(record['adversarial']['rms'], rel=0.05)
