"""Drops on the best places of the image."""
import pytest
import torch

from mmadvrain.perturbations.rain_perturbation import RainPerturbation
from mmadvrain.perturbations.relocation import (
    GlobalRelocation,
    dense_noise_gradient,
)
from mmadvrain.rain.uniform_factors import UniformFactors


@pytest.fixture
def factors():
    generator = torch.Generator().manual_seed(0)
    return UniformFactors(density=0.01).draw((40, 56), generator)


def test_best_places_are_taken_and_drops_on_them_stay(factors):
    direction = torch.randn(
        3, 40, 56, generator=torch.Generator().manual_seed(1))
    profile = factors.expanded_kernels().mean((0, 2))
    gain = -dense_noise_gradient(direction, factors, profile)
    order = gain.flatten().argsort(descending=True)[:len(factors)]
    best = {(int(i) // 56, int(i) % 56) for i in order}
    # one drop stands on a best place already
    positions = factors.positions.clone()
    positions[3] = torch.tensor(sorted(best)[0])
    moved = GlobalRelocation(at=[2]).move(
        factors.replace(positions=positions), positions, direction, 2)
    assert {tuple(place) for place in moved.tolist()} == best
    assert torch.equal(moved[3], positions[3])


def test_stays_at_other_steps_and_without_gradient(factors):
    relocation = GlobalRelocation(at=[2])
    direction = torch.ones(3, 40, 56)
    home = factors.positions
    assert relocation.move(factors, home, direction, 1) is None
    assert relocation.move(factors, home, 0 * direction, 2) is None


def test_by_config_and_errors():
    layer = RainPerturbation(
        relocation=dict(type='mmadvrain.GlobalRelocation', at=[4]))
    assert isinstance(layer.relocation, GlobalRelocation)
    with pytest.raises(ValueError, match='counts steps from 1'):
        GlobalRelocation(at=[0])
