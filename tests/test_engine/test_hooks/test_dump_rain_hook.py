"""Pictures without drawings, beside the factors that made them."""
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch

from mmadvrain.datasets.native_images import NativeSample
from mmadvrain.engine.hooks.dump_rain_hook import DumpRainHook
from mmadvrain.functional.pixel_space import to_bgr_uint8
from mmadvrain.perturbations.noise import Noise
from mmadvrain.perturbations.noise_perturbation import NoisePerturbation
from mmadvrain.perturbations.rain_perturbation import RainPerturbation
from mmadvrain.rain.compose import compose_rain
from mmadvrain.rain.factors import RainFactors
from mmadvrain.rain.streaks import render_streaks
from mmadvrain.rain.uniform_factors import UniformFactors
from mmadvrain.structures.attack_result import AttackResult
from mmadvrain.structures.injected_rain import InjectedRain


@pytest.fixture
def runner(tmp_path):
    return SimpleNamespace(work_dir=str(tmp_path))


def rainy_image(seed=0):
    generator = torch.Generator().manual_seed(seed)
    clean = torch.rand(3, 20, 30, generator=generator)
    factors = UniformFactors(density=0.05).draw((20, 30), generator)
    return clean, factors, compose_rain(clean, render_streaks(factors))


def attacked(name='city/one', **options):
    clean, factors, rainy = rainy_image(**options)
    return (NativeSample(1, name, clean),
            AttackResult(rainy, factors, factors, {}, [1.], 1))


def write(hook, runner, sample, result, perturbation=None, batch_idx=0):
    hook.after_attack_iter(runner, batch_idx, [sample], [result], None,
                           perturbation or RainPerturbation())


def files(folder):
    return sorted(
        p.relative_to(folder).as_posix() for p in folder.rglob('*.*'))


def test_an_attack_leaves_four_files_an_image(runner, tmp_path):
    sample, result = attacked()
    write(DumpRainHook(), runner, sample, result)
    folder = tmp_path / 'rain'
    assert files(folder) == [
        'clean/city/one.png', 'factors/city/one.safetensors',
        'rain/city/one.png', 'rainy/city/one.png'
    ]
    for kind, picture in (('clean', sample.image), ('rainy', result.image),
                          ('rain', render_streaks(result.params))):
        assert np.array_equal(
            cv2.imread(str(folder / kind / 'city/one.png')),
            to_bgr_uint8(picture))
    loaded = RainFactors.load(folder / 'factors/city/one.safetensors')
    assert torch.equal(loaded.kernels, result.params.kernels)


def test_gain_brightens_the_layer_alone(runner, tmp_path):
    sample, result = attacked()
    write(DumpRainHook('bright', gain=2.5), runner, sample, result)
    layer = (2.5 * render_streaks(result.params)).clamp(0, 1)
    assert np.array_equal(
        cv2.imread(str(tmp_path / 'bright/rain/city/one.png')),
        to_bgr_uint8(layer))
    assert np.array_equal(
        cv2.imread(str(tmp_path / 'bright/rainy/city/one.png')),
        to_bgr_uint8(result.image))


def test_noise_is_shown_around_grey(runner, tmp_path):
    sample, result = attacked()
    result.params = Noise(result.image - sample.image)
    write(
        DumpRainHook(gain=3), runner, sample, result, NoisePerturbation(None))
    assert files(tmp_path / 'rain') == [
        'clean/city/one.png', 'factors/city/one.npz', 'rain/city/one.png',
        'rainy/city/one.png'
    ]
    change = (0.5 + 3 * (result.image - sample.image)).clamp(0, 1)
    assert np.array_equal(
        cv2.imread(str(tmp_path / 'rain/rain/city/one.png')),
        to_bgr_uint8(change))
    loaded = Noise.load(tmp_path / 'rain/factors/city/one.npz')
    assert torch.equal(loaded.values, result.params.values)


def test_every_third_batch(runner, tmp_path):
    hook = DumpRainHook(interval=3)
    for batch in range(5):
        sample, result = attacked(f'{batch}')
        write(hook, runner, sample, result, batch_idx=batch)
    assert files(tmp_path / 'rain/rainy') == ['0.png', '3.png']


@pytest.mark.parametrize('mode', ['train', 'val', 'test'])
def test_injected_rain_is_written_by_mode(runner, tmp_path, mode):
    hook = DumpRainHook(interval=2)
    clean, factors, rainy = rainy_image()
    layer = render_streaks(factors)
    for batch in range(3):
        rain = InjectedRain(f'{batch}', clean, factors,
                            lambda gain: gain * layer, rainy)
        data = dict(injected_rain=[rain])
        getattr(hook, f'after_{mode}_iter')(runner, batch, data, None)
    getattr(hook, f'after_{mode}_iter')(runner, 4, dict(inputs=[]), None)
    assert files(tmp_path / 'rain/rainy') == [f'{mode}/0.png', f'{mode}/2.png']
    assert files(tmp_path / 'rain/factors') == [
        f'{mode}/0.safetensors', f'{mode}/2.safetensors'
    ]


@pytest.mark.parametrize('options, match', [
    (dict(interval=0), '`interval` must be positive, got 0'),
    (dict(gain=0.), '`gain` must be positive, but got 0.0'),
])
def test_bad_options(options, match):
    with pytest.raises(ValueError, match=match):
        DumpRainHook(**options)
