import pytest
import torch

from mmadvrain.attacks.rules import DiverseInputRule
from mmadvrain.functional.resize_pad import ResizePad, resize_pad


def places(rule, size_hw, count=400):
    generator = torch.Generator().manual_seed(0)
    return [rule.place(size_hw, generator) for _ in range(count)]


def test_sizes_and_places_of_the_released_code():
    """299 -> [299, 330), padded to 330, the offset below what is left."""
    found = places(DiverseInputRule(prob=1.), (299, 299), 2000)
    assert {place.canvas_hw for place in found} == {(330, 330)}
    assert {p.resized_hw[0] for p in found} == set(range(299, 330))
    assert all(p.resized_hw[0] == p.resized_hw[1] for p in found)
    for axis in (0, 1):
        left = [330 - p.resized_hw[axis] - p.offset[axis] for p in found]
        assert min(left) == 1 and max(left) == 31
        assert min(p.offset[axis] for p in found) == 0
    assert any(p.offset[0] != p.offset[1] for p in found)


def test_rectangles_keep_their_shape():
    found = places(DiverseInputRule(prob=1.), (120, 200))
    assert {place.canvas_hw for place in found} == {(132, 220)}
    for place in found:
        height, width = place.resized_hw
        assert 120 <= height < 132 and 200 <= width <= 220
        assert width / height == pytest.approx(200 / 120, rel=0.005)


def test_shrinking_as_torchattacks_does():
    found = places(DiverseInputRule(prob=1., ratio=0.9), (50, 50))
    assert {place.canvas_hw for place in found} == {(50, 50)}
    assert {p.resized_hw[0] for p in found} == set(range(45, 50))


@pytest.mark.parametrize('prob', [0., 0.3, 1.])
def test_probability(prob):
    found = places(DiverseInputRule(prob=prob), (60, 60), 1000)
    share = sum(place is not None for place in found) / 1000
    assert share == pytest.approx(prob, abs=0.04 if 0 < prob < 1 else 0)


@pytest.mark.parametrize('ratio', [0.5, 1., 1.1, 3.])
@pytest.mark.parametrize('size_hw', [(1, 1), (2, 3), (3, 200), (200, 3)])
def test_any_size_fits_its_canvas(size_hw, ratio):
    for place in places(DiverseInputRule(1., ratio), size_hw, 20):
        assert resize_pad(torch.ones(3, *size_hw),
                          place).shape == (3, *place.canvas_hw)
        if ratio == 1.:
            assert place == ResizePad(size_hw, (0, 0), size_hw)


def test_generator_alone_decides_and_gradient_stays():
    rule = DiverseInputRule()
    assert places(rule, (40, 60)) == places(rule, (40, 60))
    grad = torch.randn(3, 4, 5)
    direction, state = rule(grad, 'kept')
    assert torch.equal(direction, grad) and state == 'kept'


@pytest.mark.parametrize('options, match', [
    (dict(prob=1.1), r'`prob` must be in \[0, 1\], but got 1.1'),
    (dict(prob=-0.1), r'`prob` must be in \[0, 1\], but got -0.1'),
    (dict(ratio=0.), '`ratio` must be positive, but got 0.0'),
    (dict(ratio=float('nan')), '`ratio` must be positive, but got nan'),
])
def test_bad_options(options, match):
    with pytest.raises(ValueError, match=match):
        DiverseInputRule(**options)
