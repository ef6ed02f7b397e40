"""The stencil's mixture and its slopes."""
import pytest
import torch

from mmadvrain.rain.stencil import mixed_stencil, profile_weights
from mmadvrain.rain.streaks import exposure_stencil


@pytest.mark.parametrize('theta', [(0.31, 0.57), (-0.31, 0.57), (0.9, -1.83)])
def test_mixture_of_knots(theta):
    theta = torch.tensor(theta, dtype=torch.float64)
    offsets, steps = exposure_stencil(theta, 7, (20, 30))
    mixed = mixed_stencil(theta, 7, (20, 30), 3)
    assert torch.equal(mixed.offsets, offsets)
    assert offsets.tolist() == sorted(offsets.tolist())
    torch.testing.assert_close(mixed.basis, profile_weights(3, 7).t() @ steps)


@pytest.mark.parametrize('knots', [None, 3])
@pytest.mark.parametrize('axis', [0, 1])
def test_slopes_are_differences(axis, knots):
    theta = torch.tensor([-0.313, 0.571], dtype=torch.float64)
    moved = theta.clone()
    moved[axis] += 1e-7  # no step crosses a pixel
    at, after = (mixed_stencil(t, 7, (20, 30), knots) for t in (theta, moved))
    assert torch.equal(at.offsets, after.offsets)
    assert at.slopes[axis].any()
    torch.testing.assert_close(
        (after.basis - at.basis) / 1e-7, at.slopes[axis], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize('dtype', [torch.float16, torch.float32])
def test_of_single_precision_at_least(dtype):
    theta = torch.tensor([0.1, 0.2], dtype=dtype)
    assert mixed_stencil(theta, 4, (40, 40), 2).basis.dtype == torch.float32


def test_many_steps_are_not_kept():
    theta = torch.tensor([0.1, 0.2])
    few = [mixed_stencil(theta, 512, (40, 40), 2) for _ in range(2)]
    many = [mixed_stencil(theta, 513, (40, 40), 2) for _ in range(2)]
    assert few[0] is few[1]
    assert many[0] is not many[1]
    assert torch.equal(many[0].basis, many[1].basis)
