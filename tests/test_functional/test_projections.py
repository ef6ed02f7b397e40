"""Projections against geometry and against an optimiser."""
import math

import numpy as np
import pytest
import torch
from scipy.optimize import brentq, minimize

from mmadvrain.functional.projections import project_mean, project_rms
from mmadvrain.rain.bounds import RainBounds, project_theta


def tensor(*values):
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize('theta, expected', [
    ((0.1, 0.15), (0.1, 0.15)),
    ((0.3, -0.5), (0.2, -0.2)),
    ((-0.3, 0.), (-0.2, 0.)),
])
def test_box_of_the_paper(theta, expected):
    projected = project_theta(tensor(*theta), RainBounds(), (48, 64))
    assert projected.tolist() == list(expected)


@pytest.mark.parametrize('size_hw', [(375, 1242), (640, 480), (100, 100)])
@pytest.mark.parametrize('side', [-1, 1])
def test_tilt_limit_is_an_angle_of_pixels(size_hw, side):
    bounds = RainBounds(theta=2., tilt_deg=25., theta_y_min=0.05)
    theta_x, theta_y = project_theta(tensor(side * 9., 0.1), bounds,
                                     size_hw).tolist()
    assert theta_y == 0.1
    angle = math.atan2(theta_x * size_hw[1] / 2, theta_y * size_hw[0] / 2)
    assert math.degrees(angle) == pytest.approx(side * 25)


def test_tilt_limit_makes_rain_fall():
    bounds = RainBounds(tilt_deg=45., theta_y_min=0.08)
    assert project_theta(tensor(0.01, -0.2), bounds,
                         (50, 50)).tolist() == [0.01, 0.08]
    # upwards without a least length: nothing is left of it
    level = RainBounds(tilt_deg=45.)
    assert project_theta(tensor(0.1, -0.2), level, (50, 50)).tolist() == [0, 0]
    upright = RainBounds(tilt_deg=0.)
    assert project_theta(tensor(0.1, 0.1), upright,
                         (50, 50)).tolist() == [0, 0.1]


@pytest.mark.parametrize('bounds', [
    RainBounds(),
    RainBounds(tilt_deg=25., theta_y_min=0.08),
    RainBounds(tilt_deg=80.)
])
def test_theta_idempotent_and_inside(bounds):
    for theta in torch.randn(50, 2, dtype=torch.float64) * 0.2:
        once = project_theta(theta, bounds, (90, 160))
        assert torch.equal(project_theta(once, bounds, (90, 160)), once)
        assert once.abs().max() <= bounds.theta
        if bounds.tilt_deg is not None:
            assert once[1] >= bounds.theta_y_min


@pytest.mark.parametrize('seed', range(6))
def test_project_mean_against_optimiser(seed):
    rng = np.random.default_rng(seed)
    point, weights = rng.uniform(-0.1, 0.5, 7), rng.uniform(0, 1, 7)
    low, high = 0.05, 0.3
    budget = rng.uniform(0.2, 0.9) * (weights * point.clip(low, high)).sum()
    budget = max(budget, 1.05 * low * weights.sum())
    reference = minimize(
        lambda k: ((k - point)**2).sum() / 2,
        np.full(7, low),
        jac=lambda k: k - point,
        bounds=[(low, high)] * 7,
        constraints=dict(
            type='ineq',
            fun=lambda k: budget - weights @ k,
            jac=lambda k: -weights),
        method='SLSQP',
        options=dict(ftol=1e-15, maxiter=500))
    assert reference.success
    found = project_mean(
        torch.from_numpy(point), torch.from_numpy(weights), budget, low, high)
    np.testing.assert_allclose(found, reference.x, atol=1e-6)
    assert float((found * torch.from_numpy(weights)).sum()) <= budget


@pytest.mark.parametrize('least', [1., 1e-6, 1e-12, 1e-30])
def test_project_mean_with_weights_far_apart(least):
    """One drop that hardly shows must not decide how dark the others are."""
    torch.manual_seed(0)
    point, weights = torch.rand(500, 5) * 0.3, torch.rand(500, 5) * 1e-5 + 1e-6
    weights[0, 0] = 1e-6 * least
    v, w = point.double().numpy(), weights.double().numpy()
    budget = 0.7 * float((v * w).sum())

    def at(log_multiplier):
        return (v - np.exp(log_multiplier) * w).clip(0, 0.3)

    root = brentq(lambda x: (at(x) * w).sum() - budget, -60, 60, xtol=1e-14)
    found = project_mean(point, weights, budget, 0., 0.3)
    np.testing.assert_allclose(found, at(root), atol=1e-6)
    assert float((found * weights).sum()) <= budget * (1 + 1e-6)


def test_project_mean_within_budget_is_a_clamp():
    point = tensor(-1., 0.1, 0.2, 9.)
    found = project_mean(point, torch.ones(4).double(), 0.61, 0., 0.3)
    assert found.tolist() == [0., 0.1, 0.2, 0.3]


def test_project_mean_hand_value():
    # two equal weights share what is over; no weight, no change
    found = project_mean(
        tensor(0.2, 0.1, 0.25), tensor(1., 1., 0.), 0.2, 0., 0.3)
    torch.testing.assert_close(found, tensor(0.15, 0.05, 0.25))


def test_project_mean_budget_out_of_reach():
    found = project_mean(
        tensor(0.2, 0.3), tensor(1., 2.), budget=0.01, low=0.1, high=0.3)
    assert found.tolist() == [0.1, 0.1]
    empty = torch.zeros(0, 5)
    assert project_mean(empty, empty, 0., 0., 0.3).shape == (0, 5)


def test_root_mean_square_by_hand():
    values = torch.tensor([3., 4.])  # 12.5 in the mean of squares
    assert project_rms(values, 4.) is values
    torch.testing.assert_close(
        project_rms(values, 0.5), values * 0.5 / 12.5**0.5)
    assert not project_rms(values, 0.).any()
    assert not project_rms(torch.zeros(4), 0.).any()
