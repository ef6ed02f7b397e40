"""Profiles against NumPy's interpolation."""
import numpy as np
import pytest
import torch

from mmadvrain.rain.stencil import expand_profiles, profile_weights


def test_hand_value():
    profiles = torch.tensor([[0., 1.], [0.4, 0.2]])
    expected = torch.tensor([[0., 0.25, 0.5, 0.75, 1.],
                             [0.4, 0.35, 0.3, 0.25, 0.2]])
    torch.testing.assert_close(expand_profiles(profiles, 4), expected)


@pytest.mark.parametrize('knots', [1, 2, 3, 5, 8])
@pytest.mark.parametrize('steps', [1, 4, 7, 53])
def test_equals_numpy_interp(knots, steps):
    profiles = torch.rand(6, knots, dtype=torch.float64)
    place = np.linspace(0, 1, steps + 1)
    nodes = np.linspace(0, 1, knots) if knots > 1 else [0.]
    expected = np.stack([np.interp(place, nodes, p) for p in profiles])
    np.testing.assert_allclose(
        expand_profiles(profiles, steps), expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize('knots', [1, 2, 5])
def test_rows_sum_to_one(knots):
    weights = profile_weights(knots, 9)
    assert weights.shape == (10, knots)
    torch.testing.assert_close(weights.sum(1), torch.ones(10).double())
    assert (weights >= 0).all()


def test_flat_profile_stays_flat_in_single_precision():
    flat = expand_profiles(torch.full((2, 5), 0.3), 53)
    assert flat.dtype == torch.float32
    torch.testing.assert_close(flat, torch.full((2, 54), 0.3))


def test_gradcheck():
    profiles = torch.rand(3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda p: expand_profiles(p, 7), profiles)


def test_no_drops():
    assert expand_profiles(torch.zeros(0, 5), 7).shape == (0, 8)
