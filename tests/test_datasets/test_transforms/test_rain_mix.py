import numpy as np
import pytest
import torch

from mmadvrain.datasets.transforms.rain_mix import RainMix
from mmadvrain.rain.mixing import AFFINE_OPS, affine_chain
from mmadvrain.registry import TRANSFORMS


def pair(height=24, width=30):
    rng = np.random.default_rng(0)
    clean = rng.integers(0, 120, (height, width, 3), np.uint8)
    return dict(rainy=clean + np.uint8(60), clean=clean)


def test_rain_mix_by_its_formula():
    np.random.seed(2)
    mix = TRANSFORMS.build(dict(type='mmadvrain.RainMix', width=2))
    drawn = mix._draw()
    mix._draw = lambda: drawn
    on_rainy, chains, weights, blend, generator = drawn
    state = generator.get_state()
    out = mix(pair())['rainy']
    generator.set_state(state)
    layer = mix.layers.draw_layer((24, 30), generator)
    rain = max(1 - blend, 0.7) * layer
    for chain, weight in zip(chains, weights):
        rain = rain + max(blend, 0.5 / max(weights)) * weight * affine_chain(
            layer, chain)
    rain = rain.clamp(max=1).permute(1, 2, 0).numpy()
    base = pair()['rainy' if on_rainy else 'clean'] / 255
    assert layer.any()
    assert np.abs(out - 255 * (base + rain - base * rain)).max() < 0.51


def test_every_draw_is_used():
    np.random.seed(0)
    mix = RainMix()
    draws = [mix._draw() for _ in range(400)]
    assert abs(np.mean([d[0] for d in draws]) - 7 / 11) < 0.1
    depths = [len(chain) for d in draws for chain in d[1]]
    # each chain has a depth of its own, 1, 2 or 3
    assert [round(depths.count(n) / len(depths), 1)
            for n in (1, 2, 3)] == [0.3, 0.3, 0.3]
    assert any(len({len(c) for c in d[1]}) == 3 for d in draws)
    used = [step for d in draws for chain in d[1] for step in chain]
    assert {name for name, _ in used} == set(AFFINE_OPS)
    strengths = np.array([s for _, s in used])
    assert 0.01 <= np.abs(strengths).min() and np.abs(strengths).max() <= 0.3
    assert abs(np.mean(strengths > 0) - 0.5) < 0.05
    assert all(sum(d[2]) == pytest.approx(1) for d in draws)
    assert min(d[3] for d in draws) < 0.1 and max(d[3] for d in draws) > 0.9


def test_seed():
    mix = RainMix(rainy_prob=0.)
    outs = []
    for seed in (5, 5, 6):
        np.random.seed(seed)
        torch.manual_seed(len(outs))
        outs.append(mix(pair())['rainy'])
    assert np.array_equal(outs[0], outs[1])
    assert not np.array_equal(outs[0], outs[2])
    assert 'rainy_prob=0.0' in repr(mix)


@pytest.mark.parametrize('options, match', [
    (dict(width=0), 'width must be at least 1'),
    (dict(depth=(0, 3)), 'increasing pair from 1 on'),
    (dict(depth=(3, 2)), 'increasing pair from 1 on'),
    (dict(severity=0), 'severity must be in'),
    (dict(severity=11), 'severity must be in'),
    (dict(rainy_prob=2), 'rainy_prob must be in'),
])
def test_arguments(options, match):
    with pytest.raises(ValueError, match=match):
        RainMix(**options)
