"""Boxes that exclude every value are refused."""
from dataclasses import FrozenInstanceError

import pytest

from mmadvrain.rain.bounds import RainBounds


def test_defaults_are_the_papers():
    assert RainBounds().to_dict() == dict(
        noise=(0.7, 1.0),
        theta=0.2,
        kernels=(0.0, 0.3),
        tilt_deg=None,
        theta_y_min=0.0)


def test_lists_of_a_config_become_tuples():
    bounds = RainBounds(noise=[0, 1], kernels=[0.1, 0.2])
    assert bounds == RainBounds((0., 1.), kernels=(0.1, 0.2))
    assert RainBounds(**bounds.to_dict()) == bounds


def test_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        RainBounds().theta = 1.


@pytest.mark.parametrize('options, message', [
    (dict(noise=(1., 0.7)), r'`noise` must be \(low, high\).*\(1.0, 0.7\)'),
    (dict(noise=(-0.1, 0.7)), '`noise` must be .*0 <= low'),
    (dict(kernels=(0.3, )), '`kernels` must be .*got'),
    (dict(kernels=(0., float('nan'))), '`kernels` must be .*nan'),
    (dict(theta=-0.1), '`theta` must not be negative, but got -0.1'),
    (dict(theta=float('nan')), '`theta` must not be negative, but got nan'),
    (dict(tilt_deg=90.), r'`tilt_deg` must be None or in \[0, 90\).*90'),
    (dict(tilt_deg=-1.), '`tilt_deg` must be .*-1'),
    (dict(theta_y_min=0.3),
     r'`theta_y_min` must be in \[0, theta\].*0.3.*0.2'),
    (dict(theta_y_min=-0.1), '`theta_y_min` must be .*-0.1'),
])
def test_errors(options, message):
    with pytest.raises(ValueError, match=message):
        RainBounds(**options)
