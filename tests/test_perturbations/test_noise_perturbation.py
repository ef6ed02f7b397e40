"""Steps worked out by hand, limits, and random noise to compare with."""
import math

import pytest
import torch

from mmadvrain.perturbations.noise import Noise
from mmadvrain.perturbations.noise_perturbation import NoisePerturbation
from mmadvrain.registry import TASK_UTILS


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def step(layer, clean, direction, noise=None):
    if noise is None:
        noise = layer.begin(clean, generator())
    leaf = layer.require_grad(noise)
    assert leaf.values.is_leaf and leaf.values.requires_grad
    drawn = layer.perturb(clean, leaf)
    after = layer.descend(leaf, noise, drawn, direction, 1, 1)
    assert not after.values.requires_grad
    return after


def three(*rows):
    """An image of one row, the same in each channel."""
    return torch.tensor([[list(rows)]] * 3, dtype=torch.float64)


DIRECTION = three(3., -4., 0.)


@pytest.mark.parametrize(
    'norm, expected',
    [
        ('sign', three(-0.1, 0.1, 0.)),
        ('l2', three(-0.06, 0.08, 0.)),  # each channel: (3, -4, 0) / 5
        ('max', three(-0.075, 0.1, 0.)),
    ])
def test_step_by_hand(norm, expected):
    layer = NoisePerturbation(epsilon=None, step_size=0.1, norm=norm)
    after = step(layer, three(0.5, 0.5, 0.5), DIRECTION)
    torch.testing.assert_close(after.values, expected)


def test_l2_step_is_of_each_channel():
    direction = DIRECTION * torch.tensor([1., 10., 0.])[:, None, None]
    layer = NoisePerturbation(epsilon=None, step_size=0.1, norm='l2')
    after = step(layer, three(0.5, 0.5, 0.5), direction)
    expected = three(-0.06, 0.08, 0.)
    expected[2] = 0
    torch.testing.assert_close(after.values, expected)


@pytest.mark.parametrize('norm', ['sign', 'l2', 'max'])
def test_zero_gradient_moves_nothing(norm):
    clean = torch.rand(3, 4, 6)
    layer = NoisePerturbation(norm=norm, random_start=True)
    noise = layer.begin(clean, generator())
    after = step(layer, clean, torch.zeros(3, 4, 6), noise)
    torch.testing.assert_close(after.values, noise.values, rtol=0, atol=1e-7)


def test_limits_of_epsilon_and_of_the_image():
    layer = NoisePerturbation(epsilon=0.1, step_size=0.3)
    after = step(layer, three(0.05, 0.95, 0.5), three(1., -1., 1.))
    torch.testing.assert_close(after.values, three(-0.05, 0.05, -0.1))


def test_a_step_back_starts_from_the_image_not_beyond_it():
    """As in the attacks' own codes, which clip the image at each step."""
    layer, clean = NoisePerturbation(
        epsilon=0.2, step_size=0.1), three(1., 1., 1.)
    noise = step(layer, clean, three(-1., -1., -1.))
    after = step(layer, clean, three(1., 1., 1.), noise)
    torch.testing.assert_close(after.values, three(-0.1, -0.1, -0.1))


def test_psnr_is_kept_after_many_steps():
    layer = NoisePerturbation(None, 20 / 255, norm='l2', min_psnr=40.)
    clean = torch.rand(3, 8, 9, generator=generator())
    noise = layer.begin(clean, generator())
    for seed in range(12):
        direction = torch.randn(3, 8, 9, generator=generator(seed))
        noise = step(layer, clean, direction, noise)
    error = (layer.perturb(clean, noise) - clean).double().square().mean()
    assert -10 * math.log10(error) == pytest.approx(40., abs=1e-3)
    assert float((clean + noise.values).max()) <= 1 + 1e-6


def test_start():
    clean = torch.rand(3, 20, 30, generator=generator(5))
    assert not NoisePerturbation().begin(clean, generator()).values.any()
    layer = NoisePerturbation(epsilon=0.1, random_start=True)
    noise = layer.begin(clean, generator())
    assert (noise.epsilon, noise.min_psnr) == (0.1, None)
    image = clean + noise.values
    assert 0 <= image.min() and image.max() <= 1
    assert noise.values.abs().max() <= 0.1
    free = noise.values[(clean > 0.1) & (clean < 0.9)]
    # uniform: root mean square epsilon / sqrt 3
    assert free.square().mean().sqrt() == pytest.approx(0.1 / 3**.5, rel=0.05)
    again = layer.begin(clean, generator())
    assert torch.equal(again.values, noise.values)
    other = layer.begin(clean, generator(1))
    assert not torch.equal(other.values, noise.values)


def test_perturbed_image_and_its_gradient():
    clean = three(0.2, 0.9, 0.1)
    noise = Noise(three(0.1, 0.3, -0.2).requires_grad_())
    image = NoisePerturbation().perturb(clean, noise)
    torch.testing.assert_close(image.detach(), three(0.3, 1., 0.))
    image.sum().backward()
    assert torch.equal(noise.values.grad, three(1., 0., 0.))
    no_noise = Noise(torch.zeros(3, 1, 3).double())
    assert torch.equal(NoisePerturbation().perturb(clean, no_noise), clean)


def test_magnitude_by_hand():
    noise = Noise(three(0.3, -0.4, 0.))
    assert NoisePerturbation().magnitude(noise) == pytest.approx(
        dict(linf=0.4, rms=(0.25 / 3)**0.5))
    assert NoisePerturbation().magnitude(Noise(torch.zeros(3, 0, 4))) == dict(
        linf=0., rms=0.)


@pytest.mark.parametrize('limits, random, kind', [
    (dict(epsilon=0.1), None, 'uniform'),
    (dict(epsilon=0.1), 'gaussian', 'gaussian'),
    (dict(epsilon=None, min_psnr=30.), None, 'gaussian'),
    (dict(epsilon=None), 'uniform', 'uniform'),
])
def test_random_noise_of_the_same_magnitude(limits, random, kind):
    layer = NoisePerturbation(random=random, **limits)
    wanted = Noise(
        0.05 * torch.randn(3, 60, 80, generator=generator(3)).sign(), **limits)
    other = layer.random_like(wanted, generator())
    again = layer.random_like(wanted, generator())
    assert torch.equal(other.values, again.values)
    assert (other.epsilon, other.min_psnr) == (wanted.epsilon, wanted.min_psnr)
    found = layer.magnitude(other)
    if kind == 'uniform':
        assert found['linf'] == pytest.approx(0.05, rel=1e-3)
        assert found['rms'] == pytest.approx(0.05 / 3**.5, rel=0.02)
    else:
        assert found['rms'] == pytest.approx(0.05, rel=0.02)
        assert found['linf'] > 0.15
    assert abs(float(other.values.mean())) < 0.002


def test_options_from_a_config():
    layer = TASK_UTILS.build(
        dict(
            type='mmadvrain.NoisePerturbation',
            epsilon=None,
            step_size=0.5,
            norm='max',
            min_psnr=35.,
            random='uniform'))
    assert isinstance(layer, NoisePerturbation)
    assert (layer.epsilon, layer.step_size, layer.norm, layer.min_psnr,
            layer.random) == (None, 0.5, 'max', 35., 'uniform')


@pytest.mark.parametrize('options, match', [
    (dict(epsilon=-0.1), '`epsilon` must be None or not negative'),
    (dict(step_size=-1.), '`step_size` must not be negative'),
    (dict(norm='l1'), r"one of \['l2', 'max', 'sign'\], but got 'l1'"),
    (dict(min_psnr=math.inf), '`min_psnr` must be None or a number'),
    (dict(random='salt'), "'uniform' or 'gaussian', but got 'salt'"),
    (dict(epsilon=None, random_start=True), 'random start wants `epsilon`'),
])
def test_bad_options(options, match):
    with pytest.raises(ValueError, match=match):
        NoisePerturbation(**options)
