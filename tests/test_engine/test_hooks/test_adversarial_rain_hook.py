"""Rain against the detector that is trained."""
from types import SimpleNamespace

import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmengine.runner import Runner

from mmadvrain.engine.hooks.adversarial_rain_hook import AdversarialRainHook
from tests.toys.made_once import (
    toy_images,
    toy_root,
    trained_detector,
    trained_weights,
)
from tests.toys.toy_data import toy_dataset
from tests.toys.toy_detector import toy_attack, toy_config

ATTACK = toy_attack(3, [dict(type='mmadvrain.DetectorLossObjective')])


def batch(*indices):
    dataset = toy_images().dataset
    return pseudo_collate([dataset[i] for i in indices])


def rain(hook, data, model=None, step=0):
    model = model or trained_detector().train()
    runner = SimpleNamespace(model=model, iter=step)
    hook.before_train_iter(runner, 0, data)
    return data['inputs']


def loss(inputs, *indices):
    model = trained_detector().train()
    data = model.data_preprocessor(dict(batch(*indices), inputs=inputs), True)
    with torch.random.fork_rng([]), torch.no_grad():
        torch.manual_seed(0)
        return float(model.parse_losses(model(**data, mode='loss'))[0])


def test_rain_hurts_more_than_where_it_starts():
    indices = (0, 1, 4)
    losses = [loss(batch(*indices)['inputs'], *indices)]
    for steps in (1, 6):
        hook = AdversarialRainHook(dict(ATTACK, steps=steps), 1.)
        losses.append(loss(rain(hook, batch(*indices)), *indices))
    assert losses[0] < losses[1] < losses[2]


def test_images_keep_type_and_size_and_samples_stay():
    data, before = batch(0, 1), batch(0, 1)
    images = rain(AdversarialRainHook(ATTACK, 1.), data)
    for image, old in zip(images, before['inputs']):
        assert (image.dtype, image.shape) == (torch.uint8, old.shape)
        assert not torch.equal(image, old)
    assert [rain.name
            for rain in data['injected_rain']] == ['000011', '000005']
    for sample, old in zip(data['data_samples'], before['data_samples']):
        assert sample.metainfo == old.metainfo
        assert torch.equal(sample.gt_instances.bboxes.tensor,
                           old.gt_instances.bboxes.tensor)


def test_the_detector_comes_back_unchanged():
    model = trained_detector().train()
    state = {k: v.clone() for k, v in model.state_dict().items()}
    random = torch.get_rng_state()
    rain(AdversarialRainHook(ATTACK, 1.), batch(0), model)
    assert torch.equal(torch.get_rng_state(), random)
    assert model.training and model.backbone.training
    assert all(p.requires_grad and p.grad is None for p in model.parameters())
    for key, value in model.state_dict().items():
        assert torch.equal(value, state[key]), key


def test_probability_begin_and_seed_decide():
    clean = batch(0, 1, 2, 4)['inputs']

    def changed(step=0, **options):
        images = rain(
            AdversarialRainHook(dict(ATTACK, steps=1), **options),
            batch(0, 1, 2, 4),
            step=step)
        return [not torch.equal(a, b) for a, b in zip(images, clean)]

    assert changed(probability=0.) == [False] * 4
    assert changed(probability=1.) == [True] * 4
    assert changed(probability=1., begin=1) == [False] * 4
    half = [changed(step) for step in range(4)]
    assert len({tuple(h) for h in half}) > 1
    assert changed(2) == half[2]


def test_in_a_training_run(tmp_path):
    pipeline = [
        dict(type='LoadImageFromFile'),
        dict(type='LoadAnnotations', with_bbox=True),
        dict(type='RandomFlip', prob=0.5),
        dict(type='PackDetInputs')
    ]
    config = toy_config(
        toy_root(),
        test_cfg=None,
        test_dataloader=None,
        test_evaluator=None,
        load_from=str(trained_weights()),
        train_dataloader=dict(
            batch_size=2,
            num_workers=0,
            dataset=dict(
                toy_dataset(toy_root(), pipeline), test_mode=False, indices=4),
            sampler=dict(type='DefaultSampler', shuffle=True)),
        train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=1),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.001)),
        custom_hooks=[
            dict(type='mmadvrain.AdversarialRainHook', attack=ATTACK)
        ],
        work_dir=str(tmp_path))
    Runner.from_cfg(config).train()
    trained = torch.load(tmp_path / 'epoch_1.pth', weights_only=False)
    before = torch.load(trained_weights())
    key = 'rpn_head.rpn_cls.weight'
    assert torch.isfinite(trained['state_dict'][key]).all()
    assert not torch.equal(trained['state_dict'][key], before[key])


@pytest.mark.parametrize('options, match', [
    (dict(probability=1.5), '`probability` must be in'),
    (dict(begin=-1), '`begin` must not be negative'),
])
def test_refused(options, match):
    with pytest.raises(ValueError, match=match):
        AdversarialRainHook(ATTACK, **options)
