"""One step of every factor worked out by hand."""
import copy

import pytest
import torch

from mmadvrain.perturbations.rain_perturbation import RainPerturbation
from mmadvrain.perturbations.relocation import LocalRelocation
from mmadvrain.rain.bounds import RainBounds
from mmadvrain.rain.compose import compose_rain
from mmadvrain.rain.factors import RainFactors
from mmadvrain.rain.magnitude import rain_area, rain_brightness
from mmadvrain.rain.streaks import render_streaks
from mmadvrain.rain.uniform_factors import UniformFactors
from mmadvrain.registry import TASK_UTILS
from tests.literal_rain import literal_streaks, some_factors

FLOATS = ('noise', 'theta', 'kernels')
BOUNDS = RainBounds(theta=0.5)


def one_drop(**changes):
    """A drop in the middle of 8 x 8 pixels that falls 1.2 of them."""
    return RainFactors(
        **{
            **dict(
                positions=torch.tensor([[3, 3]]),
                noise=torch.tensor([0.8]),
                theta=torch.tensor([0.1, 0.3]),
                kernels=torch.tensor([[0.1, 0.2]]),
                size_hw=(8, 8),
                bounds=BOUNDS,
                steps=3),
            **changes
        })


def descend(layer, factors, direction, step=1, steps=10, initial=None):
    initial = factors if initial is None else initial
    leaves = layer.require_grad(factors)
    clean = torch.full((3, *factors.size_hw), 0.25, dtype=factors.noise.dtype)
    rainy = layer.perturb(clean, leaves)
    return layer.descend(leaves, initial, rainy, direction, step, steps)


def ramp(axis):
    """Grows by one a pixel along an axis, and is zero at the drop."""
    along = torch.arange(8.) - 3
    along = along[:, None] if axis == 'down' else along[None]
    return along.expand(3, 8, 8)


def test_bright_rain_is_darkened():
    # all pixels want to be darker: less noise, less of each knot
    after = descend(RainPerturbation(), one_drop(), torch.ones(3, 8, 8))
    torch.testing.assert_close(after.noise, torch.tensor([0.77]))
    torch.testing.assert_close(after.kernels, torch.tensor([[0.07, 0.17]]))
    assert torch.equal(after.positions, torch.tensor([[3, 3]]))


@pytest.mark.parametrize('axis, sign, expected', [
    ('down', 1, [None, 0.29]),
    ('down', -1, [None, 0.31]),
    ('right', 1, [0.09, None]),
    ('right', -1, [0.11, None]),
])
def test_streak_turns_away_from_what_hurts(axis, sign, expected):
    after = descend(RainPerturbation(), one_drop(), sign * ramp(axis))
    for found, value in zip(after.theta.tolist(), expected):
        if value is not None:
            assert found == pytest.approx(value)


def test_step_sizes_and_bounds():
    layer = RainPerturbation(
        step_sizes=dict(noise=0.5, theta=0.4, kernels=0.15))
    after = descend(layer, one_drop(), -torch.ones(3, 8, 8) + ramp('down') * 9)
    assert after.theta[1] == pytest.approx(-0.1)
    # knots near the start gain, and are cut off at the bound of 0.3
    after = descend(layer, one_drop(), -torch.ones(3, 8, 8))
    assert after.noise.tolist() == [1.]
    torch.testing.assert_close(after.kernels, torch.tensor([[0.25, 0.3]]))


@pytest.mark.parametrize('name', FLOATS)
def test_factors_not_named_stay(name):
    layer = RainPerturbation(step_sizes={name: 0.02})
    before = some_factors((20, 30), knots=3, dtype=torch.float32)
    direction = torch.randn(3, 20, 30)
    after = descend(layer, before, direction)
    for other in ('positions', *FLOATS):
        same = torch.equal(getattr(after, other), getattr(before, other))
        assert same == (other != name)


def test_no_factor_named():
    layer = RainPerturbation(
        step_sizes={}, relocation=LocalRelocation(radius_px=2, at=[1]))
    before = some_factors(dtype=torch.float32)
    after = descend(layer, before, torch.randn(3, *before.size_hw))
    assert torch.equal(after.kernels, before.kernels)
    assert not torch.equal(after.positions, before.positions)


def test_steps_by_the_gradient_keep_its_proportions():
    """Two drops, one over a pixel that counts three times as much."""
    drops = one_drop(
        positions=torch.tensor([[3, 3], [3, 6]]),
        noise=torch.tensor([0.85, 0.85]),
        theta=torch.tensor([0., 0.]),
        kernels=torch.full((2, 2), 0.2))
    direction = torch.ones(3, 8, 8)
    direction[..., 5:] = 3
    layer = RainPerturbation(step_sizes=dict(noise=0.04), step_by='gradient')
    after = descend(layer, drops, direction)
    torch.testing.assert_close(0.85 - after.noise, torch.tensor([.02, .06]))


def test_in_a_part_streaks_are_as_long_as_in_the_view():
    layer = RainPerturbation().in_part((60, 60), (480, 640))
    drawn = layer.begin(torch.zeros(3, 60, 60), torch.Generator())
    assert 0.1 * 240 <= float(drawn.theta[1]) * 30 <= 0.2 * 240
    assert layer.step_sizes['theta'] * 30 == pytest.approx(0.01 * 240)
    assert RainPerturbation().step_sizes['theta'] == 0.01
    # what leaves below comes in above: no row of the part is without rain
    rows = layer.layer(drawn).mean((0, 2))
    assert (rows > 0.3 * rows.mean()).all()


@pytest.mark.parametrize('step, change', [(1, 0.04), (5, 0.024), (9, 0.008)])
def test_steps_become_shorter(step, change):
    # a fifth is left at the last of nine steps, 0.6 in the middle
    layer = RainPerturbation(step_sizes=dict(noise=0.04), step_decay=0.2)
    after = descend(layer, one_drop(), torch.ones(3, 8, 8), step, 9)
    assert after.noise.item() == pytest.approx(0.8 - change)


def test_step_of_a_single_step_attack():
    after = descend(
        RainPerturbation(step_decay=0.), one_drop(), torch.ones(3, 8, 8), 1, 1)
    assert after.noise.item() == pytest.approx(0.77)


@pytest.mark.parametrize('knots', [None, 5])
def test_zero_gradient_changes_nothing(knots):
    before = some_factors((20, 30), knots=knots, dtype=torch.float32)
    after = descend(RainPerturbation(), before, torch.zeros(3, 20, 30))
    for name in ('positions', *FLOATS):
        assert torch.equal(getattr(after, name), getattr(before, name))


def test_no_drops():
    after = descend(
        RainPerturbation(brightness_budget=1.), some_factors(drops=0),
        torch.ones(3, 12, 17).double())
    assert len(after) == 0


def test_caller_keeps_factors_and_graph_ends():
    before = some_factors(knots=3)
    kept = before.clone()
    leaves = RainPerturbation().require_grad(before)
    assert all(getattr(leaves, n).is_leaf for n in FLOATS)
    assert all(getattr(leaves, n).requires_grad for n in FLOATS)
    after = descend(RainPerturbation(), before, torch.ones(3, 12, 17).double())
    for name in ('positions', *FLOATS):
        assert torch.equal(getattr(before, name), getattr(kept, name))
        assert not getattr(before, name).requires_grad
        assert not getattr(after, name).requires_grad


@pytest.mark.parametrize('knots', [None, 5])
@pytest.mark.parametrize('budget', [0.6, 1.0, 1.1])
def test_brightness_budget(knots, budget):
    layer = RainPerturbation(
        UniformFactors(bounds=RainBounds(), knots=knots),
        brightness_budget=budget,
        step_sizes=dict(noise=0.05, theta=0.02, kernels=0.05))
    generator = torch.Generator().manual_seed(0)
    initial = layer.begin(torch.zeros(3, 60, 90), generator)
    limit = budget * rain_brightness(render_streaks(initial))
    factors = initial
    for step in range(1, 5):  # everything wants to be brighter
        factors = descend(layer, factors, -torch.rand(3, 60, 90), step, 5,
                          initial)
        found = rain_brightness(render_streaks(factors))
        assert found == pytest.approx(limit, rel=1e-5)
        inside = factors.project()
        assert torch.equal(inside.kernels, factors.kernels)
    free = descend(RainPerturbation(), initial, -torch.rand(3, 60, 90))
    assert rain_brightness(render_streaks(free)) > 1.1 * limit / budget


def test_brightness_budget_is_kept_by_the_least_change():
    """Optimality of the projection of the kernels after their step."""
    layer = RainPerturbation(
        brightness_budget=1.01, step_sizes=dict(kernels=0.1))
    initial = some_factors((20, 30), drops=40, knots=3)
    after = descend(layer, initial, -torch.ones(3, 20, 30).double())
    leaf = initial.kernels.clone().requires_grad_()
    weights, = torch.autograd.grad(
        literal_streaks(initial.replace(kernels=leaf)).mean(), leaf)
    stepped = initial.kernels + 0.1 * weights.sign()
    lit, inner = weights > 0, after.kernels < 0.3 - 1e-9
    # one multiplier for all knots that are not at the bound, larger beyond
    multiplier = ((stepped - after.kernels) / weights)[lit & inner]
    assert len(multiplier) > 20
    torch.testing.assert_close(
        multiplier, multiplier.mean().expand_as(multiplier), rtol=1e-6, atol=0)
    assert ((stepped - after.kernels)
            >= multiplier.mean() * weights - 1e-9)[lit].all()
    assert (stepped > 0.3)[lit & inner].any()


def test_brightness_budget_leaves_darker_rain_alone():
    factors = some_factors((20, 30), knots=3, dtype=torch.float32)
    direction = torch.rand(3, 20, 30)
    bound = descend(RainPerturbation(brightness_budget=1.), factors, direction)
    free = descend(RainPerturbation(), factors, direction)
    for name in FLOATS:
        torch.testing.assert_close(getattr(bound, name), getattr(free, name))


def test_brightness_of_the_start_is_rendered_once(monkeypatch):
    calls = []

    def counted(factors):
        calls.append(factors)
        return render_streaks(factors)

    monkeypatch.setattr(
        'mmadvrain.perturbations.rain_perturbation.render_streaks', counted)
    layer = RainPerturbation(brightness_budget=1.)
    starts = [some_factors(), some_factors(seed=1)]
    for _ in range(3):
        for initial in starts:
            layer.project(initial, initial)
    assert calls == starts
    copied = copy.deepcopy(layer)
    copied.project(starts[0], starts[0])
    calls.clear()
    starts.clear()
    del initial
    assert len(layer._known) == 0


def test_relocation_at_its_steps():
    layer = RainPerturbation(relocation=LocalRelocation(radius_px=3, at=[2]))
    initial = some_factors((20, 30), knots=3, dtype=torch.float32)
    direction = torch.randn(3, 20, 30)
    stay = descend(layer, initial, direction, 1)
    assert torch.equal(stay.positions, initial.positions)
    moved = descend(layer, stay, direction, 2, initial=initial)
    away = (moved.positions - initial.positions).abs()
    assert 0 < away.max() <= 3


@pytest.mark.parametrize('model', ['additive', 'screen', 'heavy_rain'])
def test_perturb_is_render_and_compose(model):
    factors, clean = some_factors(), torch.rand(3, 12, 17).double()
    expected = compose_rain(clean, render_streaks(factors), model)
    assert torch.equal(
        RainPerturbation(compose=model).perturb(clean, factors), expected)


@pytest.mark.parametrize('compose', ['additive', 'screen'])
def test_descent_lowers_a_smooth_loss(compose):
    """The way from pixels to factors and back has the right sign."""
    layer = RainPerturbation(
        compose=compose, step_sizes=dict(noise=1e-3, theta=1e-3, kernels=1e-3))
    factors = some_factors((20, 30), drops=30, knots=3)
    clean = torch.rand(3, 20, 30).double() * 0.5
    target = torch.rand(3, 20, 30).double()
    losses = []
    for step in range(1, 8):
        leaves = layer.require_grad(factors)
        rainy = layer.perturb(clean, leaves)
        losses.append((rainy - target).square().sum().item())
        factors = layer.descend(leaves, factors, rainy,
                                2 * (rainy - target).detach(), step, 8)
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0]


def test_begin_depends_on_the_generator_alone():
    layer = RainPerturbation(UniformFactors(density=0.01))
    dark, bright = torch.zeros(3, 30, 40), torch.ones(3, 30, 40)
    first, again, other = (layer.begin(image,
                                       torch.Generator().manual_seed(seed))
                           for image, seed in ((dark, 3), (bright, 3), (dark,
                                                                        4)))
    assert len(first) == 12 and first.size_hw == (30, 40)
    assert torch.equal(first.kernels, again.kernels)
    assert not torch.equal(first.kernels, other.kernels)


@pytest.mark.parametrize('stronger', [0.5, 1.0, 1.6])
@pytest.mark.parametrize('seed', range(3))
def test_random_rain_of_equal_area(stronger, seed):
    layer = RainPerturbation()
    given = layer.begin(
        torch.zeros(3, 150, 200),
        torch.Generator().manual_seed(seed))
    given = given.replace(kernels=given.kernels * stronger)
    target = rain_area(render_streaks(given))
    drawn = layer.random_like(given, torch.Generator().manual_seed(99))
    area = rain_area(render_streaks(drawn))
    assert area == pytest.approx(target, rel=0.01)
    assert not torch.equal(drawn.theta, given.theta)
    again = layer.random_like(given, torch.Generator().manual_seed(99))
    assert torch.equal(drawn.positions, again.positions)


def test_random_rain_is_the_nearest_of_those_tried():
    """Few drops hit no area exactly; the search keeps the best of them."""
    layer = RainPerturbation()
    draw, tried = layer.init.draw, []

    def remember(*args):
        tried.append(draw(*args))
        return tried[-1]

    layer.init.draw = remember
    last = 0
    for seed in range(20):
        given = draw((40, 60), torch.Generator().manual_seed(seed), 6)
        target = rain_area(render_streaks(given))
        tried.clear()
        found = layer.random_like(
            given, torch.Generator().manual_seed(7), tolerance=0.)
        areas = [rain_area(render_streaks(one)) for one in tried]
        nearest = min(abs(area - target) for area in areas)
        assert abs(rain_area(render_streaks(found)) - target) == nearest
        last += abs(areas[-1] - target) == nearest
    assert last < 20  # the last one tried is not always the best


def test_random_rain_of_no_rain():
    layer = RainPerturbation()
    none = some_factors((30, 40), drops=0)
    assert len(layer.random_like(none, torch.Generator())) == 0


def test_registered_with_every_option():
    options = dict(
        step_sizes=dict(noise=0.5),
        step_by='gradient',
        step_decay=0.3,
        brightness_budget=1.2,
        compose='screen')
    built = TASK_UTILS.build(
        dict(
            type='mmadvrain.RainPerturbation',
            init=dict(type='mmadvrain.UniformFactors', density=0.1),
            relocation=dict(
                type='mmadvrain.LocalRelocation', radius_px=2, at=[1]),
            **options))
    assert built.init.density == 0.1 and built.relocation.radius_px == 2
    assert {n: getattr(built, n) for n in options} == options


def test_default_step_sizes_are_not_shared():
    first, second = RainPerturbation(), RainPerturbation()
    first.step_sizes['noise'] = 9.
    assert second.step_sizes == dict(noise=0.03, theta=0.01, kernels=0.03)
    assert first.init is not second.init


@pytest.mark.parametrize('options, message', [
    (dict(step_sizes=dict(colour=1.)), r"factors \(.*\), but got 'colour'"),
    (dict(step_sizes=dict(noise=-1.)), 'noise must not be negative, got -1'),
    (dict(step_by='size'), r"one of \['gradient', 'sign'\], but got 'size'"),
    (dict(brightness_budget=0.), 'None or positive, but got 0'),
    (dict(step_decay=1.1), r'`step_decay` must be in \[0, 1\].*1.1'),
    (dict(compose='multiply'), "synthesis model must be .*'multiply'"),
])
def test_errors(options, message):
    with pytest.raises(ValueError, match=message):
        RainPerturbation(**options)


def test_rain_over_its_budget_is_named():
    layer = RainPerturbation(
        UniformFactors(density=0.01), brightness_budget=1.0)
    initial = layer.init.draw((80, 64), torch.Generator().manual_seed(3))
    image = torch.zeros(3, 80, 64)
    brighter = initial.replace(kernels=(1.1 * initial.kernels).clamp(max=0.3))
    assert layer.violations(initial, initial, image, image) == []
    assert layer.violations(brighter, initial, image, image) == ['over_budget']
    fits = layer.project(brighter, initial)
    assert layer.violations(fits, initial, image, image) == []


@pytest.mark.parametrize('match', ('area', 'l2', 'brightness'))
def test_random_rain_matches_the_measure_it_is_told(match):
    layer = RainPerturbation(UniformFactors(density=0.01), match=match)
    generator = torch.Generator().manual_seed(3)
    rain = layer.init.draw((80, 64), generator)
    brighter = rain.replace(kernels=(1.6 * rain.kernels).clamp(max=0.3))
    found = layer.random_like(brighter, torch.Generator().manual_seed(4))
    wanted = layer.magnitude(brighter)
    assert layer.magnitude(found)[match] == pytest.approx(
        wanted[match], rel=0.06)
    if match != 'area':  # darker drops have to be more
        assert layer.magnitude(found)['area'] > 1.1 * wanted['area']


def test_refuses_a_measure_that_does_not_exist():
    with pytest.raises(ValueError, match="`match` must be one of .*'area'"):
        RainPerturbation(match='volume')
