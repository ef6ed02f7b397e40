"""Where drops go, against the literal adjoint and brute force."""
import pytest
import torch

from mmadvrain.perturbations.relocation import (
    LocalRelocation,
    dense_noise_gradient,
)
from mmadvrain.registry import TASK_UTILS
from tests.literal_rain import literal_streaks, some_factors


def every_pixel(factors, profile):
    """A drop of zero on each pixel, with one brightness profile."""
    height, width = factors.size_hw
    places = torch.cartesian_prod(torch.arange(height), torch.arange(width))
    kernels = profile[None, :, None].expand(len(places), -1, factors.channels)
    return factors.replace(
        positions=places,
        noise=torch.zeros(len(places)).double().requires_grad_(),
        kernels=kernels)


@pytest.mark.parametrize('case', [
    dict(),
    dict(theta=(-0.31, 0.77), steps=7),
    dict(theta=(0.9, -1.3), steps=7),
    dict(theta=(0., 0.)),
    dict(size_hw=(1, 20)),
    dict(theta=(9., 9.)),
])
def test_dense_gradient_is_the_adjoint_of_eq_1(case):
    factors = some_factors(**case)
    direction = torch.randn(3, *factors.size_hw).double()
    profile = torch.rand(factors.steps + 1).double()
    dense = every_pixel(factors, profile)
    expected, = torch.autograd.grad(
        literal_streaks(dense), dense.noise, direction)
    found = dense_noise_gradient(direction, factors, profile)
    assert expected.any()
    torch.testing.assert_close(found.flatten(), expected, rtol=0, atol=1e-12)


def still(size_hw, positions):
    """Drops that do not fall: a drop changes the pixel it is on."""
    positions = torch.tensor(positions)
    factors = some_factors(
        size_hw, len(positions), (0., 0.), steps=1, dtype=torch.float32)
    return factors.replace(
        positions=positions, kernels=torch.full_like(factors.kernels, 0.1))


def test_hand_value():
    factors = still((6, 9), [[2, 2], [4, 7]])
    direction = torch.zeros(3, 6, 9)
    direction[:, 1, 3] = -1  # within reach of the first
    direction[:, 1, 5] = -9  # of neither
    direction[:, 5, 7] = -2  # of the second
    direction[:, 4, 7] = 3
    moved = LocalRelocation(1, [4]).move(factors, factors.positions, direction,
                                         4)
    assert moved.tolist() == [[1, 3], [5, 7]]


def test_reach_is_counted_from_home():
    factors = still((1, 9), [[0, 4]])
    direction = torch.arange(9.).flip(0).expand(3, 1, 9)
    home = torch.tensor([[0, 2]])
    moved = LocalRelocation(2, [1]).move(factors, home, direction, 1)
    assert moved.tolist() == [[0, 4]]
    moved = LocalRelocation(1, [1]).move(factors, home, direction, 1)
    assert moved.tolist() == [[0, 3]]


def test_the_drop_with_more_gain_is_served_first():
    factors = still((1, 5), [[0, 0], [0, 2]])
    direction = torch.tensor([0., -5., -4., -1., 0.]).expand(3, 1, 5)
    moved = LocalRelocation(1, [1]).move(factors, factors.positions, direction,
                                         1)
    # both want column 1; whoever comes second takes its own second choice
    assert sorted(moved[:, 1].tolist()) in ([0, 1], [1, 2])
    assert moved[:, 1].unique().numel() == 2


@pytest.mark.parametrize('seed', range(4))
@pytest.mark.parametrize('radius_px', [1, 3, 40])
def test_moves_are_sound(seed, radius_px):
    factors = some_factors((23, 31),
                           drops=60,
                           seed=seed,
                           theta=(0.1, 0.3),
                           knots=3,
                           dtype=torch.float32)
    generator = torch.Generator().manual_seed(seed)
    direction = torch.randn(3, 23, 31, generator=generator)
    home = factors.positions.clone()
    moved = LocalRelocation(radius_px, [2]).move(factors, home, direction, 2)
    assert torch.equal(factors.positions, home)
    assert (moved - home).abs().max() <= radius_px
    factors.replace(positions=moved)  # inside the image
    went = (moved != home).any(1)
    assert went.any()
    pixels = moved[went, 0] * 31 + moved[went, 1]
    assert len(pixels.unique()) == len(pixels)
    profile = factors.expanded_kernels().mean((0, 2))
    loss = dense_noise_gradient(direction, factors, profile)
    # a drop whose own place another one has taken may have to go to a worse
    same_pixel = (home[:, None] == moved[None]).all(-1)
    same_pixel.fill_diagonal_(False)
    free = ~same_pixel.any(1)
    assert free.double().mean() > 0.4
    at_home, now = loss[tuple(home.t())], loss[tuple(moved.t())]
    assert (now <= at_home)[free].all()
    if radius_px < 40:  # most have their window's best place for themselves
        best = -torch.nn.functional.max_pool2d(-loss[None], 2 * radius_px + 1,
                                               1, radius_px)[0]
        assert (now == best[tuple(home.t())]).double().mean() > 0.4


def test_crowded_image_keeps_drops_in_reach():
    """At the edge fewer places exist than drops would like to try."""
    places = torch.cartesian_prod(torch.arange(3), torch.arange(5))
    factors = still((3, 5), places.tolist())
    for seed in range(20):
        generator = torch.Generator().manual_seed(seed)
        direction = torch.randn(3, 3, 5, generator=generator)
        moved = LocalRelocation(1, [1]).move(factors, places, direction, 1)
        assert (moved - places).abs().max() <= 1


def test_when_nothing_moves():
    factors = some_factors()
    home, flat = factors.positions, torch.ones(3, *factors.size_hw).double()
    relocation = LocalRelocation(2, [3, 5])
    assert relocation.move(factors, home, flat, 4) is None
    assert relocation.move(factors, home, flat * 0, 3) is None
    assert relocation.move(factors, home, flat, 5) is not None
    empty = some_factors(drops=0)
    assert relocation.move(empty, empty.positions, flat, 3) is None


def test_registered():
    built = TASK_UTILS.build(
        dict(type='mmadvrain.LocalRelocation', radius_px=7, at=[1, 9]))
    assert built.radius_px == 7 and built.at == {1, 9}


def test_errors():
    with pytest.raises(ValueError, match='`radius_px` must be positive.*0'):
        LocalRelocation(0, [1])
    with pytest.raises(
            ValueError, match=r'`at` counts steps from 1.*\[2, 0\]'):
        LocalRelocation(3, [2, 0])
