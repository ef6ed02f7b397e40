"""Rain layers out of banks and out of random factors."""
import math

import numpy as np
import pytest
import torch

from mmadvrain.rain.bank import pack_rain_bank
from mmadvrain.rain.sources import BankRain, UniformRain, renew_noise
from mmadvrain.rain.streaks import render_window
from mmadvrain.rain.uniform_factors import UniformFactors
from mmadvrain.registry import TASK_UTILS
from tests.literal_rain import some_factors


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def bank(tmp_path):
    files = []
    for seed in range(4):
        files.append(tmp_path / f'{seed}.safetensors')
        some_factors((12, 17),
                     9 + seed,
                     knots=3,
                     steps=3,
                     dtype=torch.float32,
                     seed=seed).save(files[-1])
    return pack_rain_bank(files, tmp_path / 'bank')


def test_a_bank_layer_is_a_window_of_one_of_the_bank(bank):
    source = TASK_UTILS.build(
        dict(type='mmadvrain.BankRain', bank=str(bank.path)))
    windows = {
        render_window(bank.get(i), (y, x), (5, 6)).numpy().tobytes(): (i, y, x)
        for i in range(4)
        for y in range(12)
        for x in range(17)
    }
    drawn = [windows[_draw(source, seed)] for seed in range(150)]
    for values, count in zip(zip(*drawn), (4, 12, 17)):
        assert set(values) == set(range(count))
    assert drawn[3] == windows[_draw(source, 3)]


def _draw(source, seed, size_hw=(5, 6)):
    layer = source.draw_layer(size_hw, generator(seed))
    return layer.contiguous().numpy().tobytes()


def test_new_noise_keeps_what_is_not_noise(bank):
    factors = bank.get(1)
    renewed = renew_noise(factors, generator())
    assert torch.equal(renewed.kernels, factors.kernels)
    assert torch.equal(renewed.theta, factors.theta)
    assert not torch.equal(renewed.positions, factors.positions)
    assert len(np.unique(renewed.positions.numpy(), axis=0)) == len(factors)
    assert renewed.noise.min() >= 0.7 and renewed.noise.max() <= 1
    assert not torch.equal(renewed.noise, factors.noise)
    source = BankRain(bank, new_noise=True)
    assert _draw(source, 0) != _draw(BankRain(bank), 0)
    assert _draw(source, 0) == _draw(source, 0) != _draw(source, 1)


def test_no_bank(tmp_path):
    with pytest.raises(FileNotFoundError, match='is no rain bank'):
        BankRain(tmp_path / 'nothing')


def test_uniform_layers_have_the_streaks_of_the_photograph():
    factors = UniformFactors(
        density=0.002, length=(0.15, 0.15), tilt_deg=0, knots=1)
    layer = UniformRain(factors, (200, 300)).draw_layer((40, 60), generator())
    # 0.15 of half of 200 rows, and both ends
    lit = (layer[0] > 0).sum(0)
    assert 15 <= lit[lit > 0].min() <= 17
    # the caller's own factors are left alone
    assert factors.steps == 'auto'


def test_uniform_layers_hold_as_much_rain_as_photographs():
    source = UniformRain(view_hw=(120, 160))
    patches = [
        float(source.draw_layer((40, 30), generator(seed)).mean())
        for seed in range(40)
    ]
    whole = [
        float(
            render_window(
                source.factors.draw((120, 160), generator(seed)), (0, 0),
                (120, 160)).mean()) for seed in range(40)
    ]
    error = math.hypot(np.std(patches), np.std(whole)) / math.sqrt(40)
    assert abs(np.mean(patches) - np.mean(whole)) < 4 * error
    first, again, other = (_draw(source, s, (40, 30)) for s in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize('knots', [None, 5])
def test_uniform_layers_by_config(knots):
    source = TASK_UTILS.build(
        dict(
            type='mmadvrain.UniformRain',
            view_hw=(60, 80),
            factors=dict(type='mmadvrain.UniformFactors', knots=knots)))
    assert source.draw_layer((20, 90), generator()).shape == (3, 20, 90)


@pytest.mark.parametrize('view_hw', [(0, 4), (4, )])
def test_the_photograph_is_not_empty(view_hw):
    with pytest.raises(ValueError, match='positive height and width'):
        UniformRain(view_hw=view_hw)
