"""The paper's factors in units, and units in the paper's factors.

A streak of the paper is about one pixel wide, so its drop of diameter D stands
where f D / Z = 1 and its length is v T / D pixels. D is taken as the median
diameter of the drops that a camera sees at the rain's rate.
"""
import math

import torch
from torch import Tensor

from .bounds import RainBounds, energy_kernels
from .camera import Camera, check_exposure, find_camera
from .factors import RainFactors
from .physics import (
    equivalent_rate,
    median_diameter,
    terminal_speed,
    visible_drops,
)
from .quantities import (
    check_not_negative,
    check_positive,
    check_rate,
    check_wind,
    check_within,
)
from .streaks import auto_steps

CONTRAST = 0.8
"""Light of a drop over that of what is behind it, as a share of white: what a
bright drop has before a dark background."""


def _length_px(factors: RainFactors) -> float:
    height, width = factors.size_hw
    across, down = factors.theta.detach().tolist()
    return math.hypot(across * width / 2, down * height / 2)


def streak_limit(length_px: float, contrast: float = CONTRAST) -> float:
    r"""Brightness that a streak one pixel wide can have, C / (1 + L).

    Args:
        length_px: Its length L without its width.
        contrast: Of its drop, C, in (0, 1]. Defaults to 0.8.
    """
    check_not_negative(length_px=length_px)
    check_positive(contrast=contrast)
    check_within(0., 1., contrast=contrast)
    return contrast / (1 + length_px)


def streak_brightness(factors: RainFactors) -> Tensor:
    """Mean brightness of each streak of the paper along its length.

    Args:
        factors: Factors of an image.

    Returns:
        What the exposure steps leave on a pixel, of which a short streak has
        several. Shape (P,).
    """
    kernels = factors.expanded_kernels().detach().mean((1, 2))
    steps_per_px = (factors.steps + 1) / (_length_px(factors) + 1)
    return factors.noise.detach() * kernels * steps_per_px


def describe_rain(factors: RainFactors,
                  camera: str | dict | Camera,
                  min_width_px: float = 1.,
                  contrast: float = CONTRAST) -> dict[str, float]:
    """Weather in which a camera would see rain such as the paper's.

    Args:
        factors: Factors of an image.
        camera: Its angle of view is kept on the image's size.
        min_width_px: Width of the finest streak that the drops stand for; the
            finer, the less rain shows as many. Defaults to 1.
        contrast: Of drops, see :func:`streak_limit`. Defaults to 0.8.

    Returns:
        ``rate_mm_h``, ``wind_m_s`` to the right, ``exposure_s``,
        ``length_px``, and ``implausible``, the share of streaks brighter than
        their length allows. The layer is read as light. Wind and exposure of
        no rain, or of rain that does not fall, are NaN.
    """
    height, width = factors.size_hw
    camera = find_camera(camera).fitted(factors.size_hw)
    rate = equivalent_rate(camera, len(factors), min_width_px)
    across, down = (factors.theta.detach().double().cpu() *
                    torch.tensor([width / 2, height / 2])).tolist()
    length = math.hypot(across, down)
    wind = exposure = math.nan
    if rate and down > 0:
        diameter = median_diameter(rate)
        fall = float(terminal_speed(torch.tensor(diameter)))
        exposure = down * diameter * 1e-3 / fall
        wind = across / down * fall
    brighter = streak_brightness(factors) > streak_limit(length,
                                                         contrast) * (1 + 1e-4)
    share = float(brighter.double().mean()) if len(factors) else 0.
    return dict(
        rate_mm_h=rate,
        wind_m_s=wind,
        exposure_s=exposure,
        length_px=length,
        implausible=share)


def factors_from(rate_mm_h: float,
                 wind_m_s: float,
                 exposure_s: float,
                 camera: str | dict | Camera,
                 generator: torch.Generator,
                 min_width_px: float = 1.,
                 contrast: float = CONTRAST) -> RainFactors:
    """Draw the paper's factors as given weather would show them.

    Args:
        rate_mm_h: Rain rate, positive.
        wind_m_s: Wind to the right.
        exposure_s: Exposure time.
        camera: Gives the image's size and the focal length.
        generator: On the CPU.
        min_width_px: Width of the finest streak that counts. Defaults to 1.
        contrast: Of drops, see :func:`streak_limit`. Defaults to 0.8.

    Returns:
        As many drops as are seen, uniform over the image, all of the median
        diameter, with bounds that hold the weather: ``kernels`` up to what
        conserves energy. Float32, on the CPU.

    Raises:
        TypeError: If something is no number.
        ValueError: If a number is out of range.
    """
    check_rate(rate_mm_h, none_too=False)
    check_wind((wind_m_s, 0.))
    check_exposure(exposure_s)
    check_positive(contrast=contrast)
    check_within(0., 1., contrast=contrast)
    camera = find_camera(camera)
    height, width = camera.size_hw
    diameter = median_diameter(rate_mm_h)
    fall = float(terminal_speed(torch.tensor(diameter)))
    px_a_second = 1 / (diameter * 1e-3)
    across, down = (v * exposure_s * px_a_second for v in (wind_m_s, fall))
    theta = torch.tensor([2 * across / width, 2 * down / height])
    mean = visible_drops(camera, rate_mm_h, min_width_px)
    count = int(torch.poisson(torch.tensor(mean), generator=generator))
    place = torch.randperm(height * width, generator=generator)[:count]
    positions = torch.stack((place // width, place % width), 1)
    noise = 0.7 + 0.3 * torch.rand(len(place), generator=generator)
    steps = auto_steps(camera.size_hw, theta.abs().tolist())
    kernels = energy_kernels(steps, contrast)
    bounds = RainBounds(
        theta=max(0.2, float(theta.abs().max())), kernels=kernels)
    return RainFactors(
        positions,
        noise,
        theta,
        torch.full((len(place), 1), kernels[1]),
        camera.size_hw,
        bounds=bounds,
        steps=steps)
