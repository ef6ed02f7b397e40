"""Synthesis models worked out by hand."""
import pytest
import torch

from mmadvrain.rain.compose import (
    COMPOSE_MODELS,
    check_compose_model,
    compose_additive,
    compose_heavy_rain,
    compose_rain,
    compose_screen,
)

CLEAN = torch.tensor([0., 0.25, 0.5, 0.75, 1.]).view(1, 1, 5)
RAIN = torch.tensor([0.5, 0.5, 0.25, 0.5, 1.5]).view(1, 1, 5)


@pytest.mark.parametrize('function, expected', [
    (compose_additive, [0.5, 0.75, 0.75, 1., 1.]),
    (compose_screen, [0.5, 0.625, 0.625, 0.875, 1.]),
    (compose_heavy_rain, [0.5375, 0.75, 0.75, 1., 1.]),
])
def test_hand_values(function, expected):
    rainy = function(CLEAN, RAIN)
    torch.testing.assert_close(rainy.flatten(), torch.tensor(expected))


def test_heavy_rain_options():
    # 0.5 * (0.25 + 0.5) + 0.5 * 0.2
    rainy = compose_rain(
        CLEAN, RAIN, 'heavy_rain', transmission=0.5, atmosphere=0.2)
    assert rainy[0, 0, 1].item() == pytest.approx(0.475)
    assert not torch.equal(rainy, compose_rain(CLEAN, RAIN, 'heavy_rain'))


def test_additive_is_the_default():
    assert torch.equal(compose_rain(CLEAN, RAIN), (CLEAN + RAIN).clamp(0, 1))
    for name, function in COMPOSE_MODELS.items():
        assert torch.equal(
            compose_rain(CLEAN, RAIN, name), function(CLEAN, RAIN))
        assert check_compose_model(name) == name


@pytest.mark.parametrize('model', ['additive', 'screen'])
def test_no_rain_changes_no_bit(model):
    clean = torch.rand(3, 20, 30)
    clean[:, 0] = 1.
    assert torch.equal(
        compose_rain(clean, torch.zeros_like(clean), model), clean)


@pytest.mark.parametrize('model', COMPOSE_MODELS)
def test_stays_in_range(model):
    clean = torch.rand(3, 200, 300)
    clean[0] = 1 - torch.rand(200, 300) * 1e-6
    rain = torch.rand(3, 200, 300)**4 * 3
    rainy = compose_rain(clean, rain, model)
    assert 0 <= rainy.min() and rainy.max() <= 1


@pytest.mark.parametrize('model', COMPOSE_MODELS)
def test_gradcheck(model):
    clean = (torch.rand(2, 3, 4, dtype=torch.float64) * 0.5).requires_grad_()
    rain = (torch.rand(2, 3, 4, dtype=torch.float64) * 0.3).requires_grad_()
    assert torch.autograd.gradcheck(lambda c, r: compose_rain(c, r, model),
                                    (clean, rain))


def test_gradient_where_saturated():
    expected = dict(
        # the last two pixels of five are beyond white
        additive=([1., 1., 1., 0., 0.], [1., 1., 1., 0., 0.]),
        screen=([0.5, 0.5, 0.75, 0.5, 0.], [1., 0.75, 0.5, 0.25, 0.]),
        heavy_rain=([.85, .85, .85, 0., 0.], [.85, .85, .85, 0., 0.]))
    rain = RAIN.clone()
    rain[0, 0, 3] = 0.5
    for model, (for_clean, for_rain) in expected.items():
        leaves = [CLEAN.clone().requires_grad_(), rain.clone()]
        leaves[1].requires_grad_()
        if model != 'screen':
            leaves[1].data[0, 0, 3] = 0.51
        grads = torch.autograd.grad(compose_rain(*leaves, model).sum(), leaves)
        torch.testing.assert_close(grads[0].flatten(), torch.tensor(for_clean))
        torch.testing.assert_close(grads[1].flatten(), torch.tensor(for_rain))


def test_batch_equals_its_images():
    clean, rain = torch.rand(4, 3, 5, 6), torch.rand(4, 3, 5, 6)
    for model in COMPOSE_MODELS:
        both = compose_rain(clean, rain, model)
        assert torch.equal(both[2], compose_rain(clean[2], rain[2], model))


def test_errors():
    with pytest.raises(
            ValueError,
            match=r"must be one of \['additive', "
            r"'heavy_rain', 'screen'\], but got 'multiply'"):
        compose_rain(CLEAN, RAIN, 'multiply')
    with pytest.raises(
            ValueError,
            match=r'of one size, but got \(1, 1, 5\) '
            r'and \(1, 1, 4\)'):
        compose_rain(CLEAN, RAIN[..., :4])
