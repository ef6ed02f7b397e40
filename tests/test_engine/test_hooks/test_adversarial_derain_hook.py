"""Rain against the derainer that is trained."""
from types import SimpleNamespace

import pytest
import torch

from mmadvrain.engine.hooks import AdversarialDerainHook
from mmadvrain.registry import MODELS
from mmadvrain.structures.derain_data_sample import DerainDataSample
from tests.toys.toy_detector import toy_attack

ATTACK = toy_attack(4, [dict(type='mmadvrain.RestorationObjective')])


def derainer():
    torch.manual_seed(3)
    return MODELS.build(
        dict(
            type='mmadvrain.DerainModel',
            derainer=dict(
                type='mmadvrain.PReNet', stages=2, channels=4, blocks=1),
            loss=dict(type='mmadvrain.NegativeSSIMLoss')))


def batch(dtype=torch.uint8):
    generator = torch.Generator().manual_seed(0)
    inputs, samples = [], []
    for name in 'abcd':
        clean = torch.randint(
            0, 200, (3, 32, 40), generator=generator, dtype=torch.uint8)
        if dtype != torch.uint8:
            clean = clean.to(dtype) / 255
        sample = DerainDataSample(
            clean=clean, metainfo=dict(img_path=f'{name}.png'))
        inputs.append(clean.clone())
        samples.append(sample)
    return dict(inputs=inputs, data_samples=samples)


def rain(hook, data, model=None, step=0):
    runner = SimpleNamespace(model=model or derainer().train(), iter=step)
    hook.before_train_iter(runner, 0, data)
    return data['inputs']


def left(inputs, model):
    """PSNR of what the derainer makes of images, in dB."""
    rainy = torch.stack(inputs).double() / 255
    clean = torch.stack([s.clean for s in batch()['data_samples']]) / 255
    with torch.no_grad():
        errors = model.double().derainer(rainy) - clean
    return float(-10 * errors.square().mean((1, 2, 3)).log10().mean())


def test_the_derainer_fails_more_with_each_step():
    values = []
    for steps in (1, 8):
        hook = AdversarialDerainHook(
            dict(ATTACK, steps=steps, keep='last'), probability=1.)
        values.append(left(rain(hook, batch()), derainer().eval()))
    start = AdversarialDerainHook(dict(ATTACK, steps=1), probability=1.)
    random = left(rain(start, batch()), derainer().eval())
    assert values[1] < values[0] < random


def test_clean_images_stay_and_rainy_ones_are_of_their_type():
    for dtype in (torch.uint8, torch.float32):
        data, before = batch(dtype), batch(dtype)
        hook = AdversarialDerainHook(ATTACK, probability=1.)
        for image, sample, old in zip(
                rain(hook, data), data['data_samples'], before['inputs']):
            assert (image.dtype, image.shape) == (dtype, old.shape)
            assert torch.equal(sample.clean, old)
            # rain only adds light
            assert (image >= old).all() and (image > old).any()


def test_streaks_are_those_of_the_photograph():
    """As long in pixels as in the view, so longer than the patch's share."""
    tall = AdversarialDerainHook(
        dict(ATTACK, steps=1), view_hw=(320, 400), probability=1.)
    own = AdversarialDerainHook(
        dict(ATTACK, steps=1), view_hw=None, probability=1.)

    def run_length(hook):
        dry = batch()['inputs']
        lit = torch.stack([
            image > clean for image, clean in zip(rain(hook, batch()), dry)
        ]).any(1).float()
        return float((lit[:, 1:] * lit[:, :-1]).sum() / lit.sum())

    assert run_length(tall) > run_length(own)


def test_the_derainer_comes_back_unchanged():
    model = derainer().train()
    state = {k: v.clone() for k, v in model.state_dict().items()}
    random = torch.get_rng_state()
    rain(AdversarialDerainHook(ATTACK, probability=1.), batch(), model)
    assert torch.equal(torch.get_rng_state(), random)
    assert model.training and model.derainer.training
    assert all(p.requires_grad and p.grad is None for p in model.parameters())
    for key, value in model.state_dict().items():
        assert torch.equal(value, state[key]), key


def test_refused():
    noise = dict(
        ATTACK,
        perturbation=dict(
            type='mmadvrain.NoisePerturbation', epsilon=0.1, step_size=0.1))
    with pytest.raises(TypeError, match='must make rain'):
        AdversarialDerainHook(noise)
