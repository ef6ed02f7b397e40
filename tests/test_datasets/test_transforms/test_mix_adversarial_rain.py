import numpy as np
import pytest
import torch

from mmadvrain.datasets.transforms import MixAdversarialRain
from mmadvrain.functional.pixel_space import as_image, as_tensor, private_draw
from mmadvrain.rain.bank import pack_rain_bank
from mmadvrain.registry import TASK_UTILS, TRANSFORMS
from tests.literal_rain import some_factors


@TASK_UTILS.register_module()
class _FlatLayers:
    """Layers of one brightness each, kept for the test."""

    def __init__(self):
        self.drawn = []

    def draw_layer(self, size_hw, generator):
        layer = torch.rand(3, 1, 1, generator=generator).expand(3, *size_hw)
        self.drawn.append(layer)
        return layer


@TASK_UTILS.register_module()
class _NoLayers:
    pass


FLAT = dict(type='mmadvrain._FlatLayers')


def pair(height=6, width=9):
    rng = np.random.default_rng(0)
    clean = rng.integers(0, 120, (height, width, 3), np.uint8)
    return dict(rainy=clean + np.uint8(60), clean=clean, other=1)


@pytest.mark.parametrize('compose', ['additive', 'screen'])
@pytest.mark.parametrize('num_layers', [1, 4])
def test_algorithm_3(compose, num_layers):
    np.random.seed(1)
    mix = TRANSFORMS.build(
        dict(
            type='mmadvrain.MixAdversarialRain',
            layers=FLAT,
            num_layers=num_layers,
            alpha=2.,
            compose=compose))
    weights = []
    draw = mix._draw
    mix._draw = lambda: weights.append(draw()) or weights[-1]
    bases = set()
    for _ in range(20):
        mix.layers.drawn.clear()
        out = mix(pair())
        _, on_clean, w, _ = weights[-1]
        assert len(w) == num_layers and w.sum() == pytest.approx(1)
        rain = sum(
            float(a) * layer[:, 0, 0].numpy()
            for a, layer in zip(w, mix.layers.drawn))
        base = pair()['clean' if on_clean else 'rainy'] / 255.
        wanted = base + rain if compose == 'additive' else (base + rain -
                                                            base * rain)
        wanted = np.clip(wanted * 255, 0, 255)
        assert out['rainy'].dtype == np.uint8
        assert np.abs(out['rainy'] - wanted).max() <= 0.501
        assert np.array_equal(out['clean'], pair()['clean'])
        # each layer is drawn anew
        assert len({float(d[0, 0, 0]) for d in mix.layers.drawn}) == num_layers
        bases.add(on_clean)
    assert bases == {True, False}


@pytest.mark.parametrize('options, key', [
    (dict(clean_prob=1.), 'clean'),
    (dict(clean_prob=0.), 'rainy'),
])
def test_the_base_can_be_fixed(options, key):
    mix = MixAdversarialRain(FLAT, **options)
    for _ in range(5):
        results = pair()
        out = mix(dict(results))
        assert (out['rainy'] >= results[key]).all()
        assert mix._draw()[1] == (key == 'clean')


def test_some_images_stay_as_they_are():
    np.random.seed(0)
    mix = MixAdversarialRain(FLAT, prob=0.25)
    same = [
        np.array_equal(mix(pair())['rainy'],
                       pair()['rainy']) for _ in range(80)
    ]
    assert 48 <= sum(same) <= 72
    assert not mix.layers.drawn[80:]


def test_seed_and_no_writing_to_what_came_in():
    mix = MixAdversarialRain(num_layers=2)
    results = pair(30, 40)
    before = {k: np.copy(v) for k, v in results.items()}
    outs = []
    for seed in (5, 5, 6):
        np.random.seed(seed)
        outs.append(mix(dict(results))['rainy'])
    assert np.array_equal(outs[0], outs[1])
    assert not np.array_equal(outs[0], outs[2])
    for key, value in before.items():
        assert np.array_equal(results[key], value)


def test_layers_of_a_bank(tmp_path):
    # rain of full brightness everywhere makes the patch white
    factors = some_factors((8, 8), 64, theta=(0., 0.), dtype=torch.float32)
    factors = factors.replace(
        noise=torch.ones(64), kernels=torch.ones_like(factors.kernels))
    factors.save(tmp_path / 'f.safetensors')
    pack_rain_bank([tmp_path / 'f.safetensors'], tmp_path / 'bank')
    mix = MixAdversarialRain(
        dict(type='mmadvrain.BankRain', bank=str(tmp_path / 'bank')))
    assert (mix(pair(20, 30))['rainy'] == 255).all()
    assert 'layers=BankRain' in repr(mix)


@pytest.mark.parametrize('options, match', [
    (dict(num_layers=0), 'num_layers must be at least 1'),
    (dict(num_layers=2.5), 'num_layers must be an integer, but got 2.5'),
    (dict(alpha=0), 'alpha must be positive'),
    (dict(prob=1.2), 'prob must be in'),
    (dict(clean_prob=-.1), 'clean_prob must be in'),
    (dict(compose='soft'), 'rain synthesis model'),
])
def test_arguments(options, match):
    with pytest.raises(ValueError, match=match):
        MixAdversarialRain(FLAT, **options)


@pytest.mark.parametrize('kind', ['MixAdversarialRain', 'RainMix'])
@pytest.mark.parametrize('missing', ['rainy', 'clean'])
def test_a_pair_must_be_loaded(kind, missing):
    results = pair()
    del results[missing]
    mix = TRANSFORMS.build(dict(type=f'mmadvrain.{kind}', layers=FLAT))
    with pytest.raises(
            KeyError, match=f'{kind} wants .* LoadRainPair .*but {missing} '):
        mix(results)


def test_a_source_must_draw_layers():
    with pytest.raises(TypeError, match='_NoLayers has not'):
        MixAdversarialRain(dict(type='mmadvrain._NoLayers'))


def test_arrays():
    image = pair()['clean'][::-1]
    assert np.array_equal(as_image(as_tensor(image)), image)
    with pytest.raises(TypeError, match='uint8, but got float64'):
        as_tensor(image / 255)
    np.random.seed(0)
    first = private_draw().initial_seed()
    assert first != private_draw().initial_seed()
    np.random.seed(0)
    assert private_draw().initial_seed() == first
