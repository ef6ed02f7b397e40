r"""Rain in physical units: sizes, speeds, streaks, extinction.

Units are in the names: diameters in mm, rates in mm/h, speeds in m/s, depths
in m, exposures in s, lengths in the image in pixels. Everything is
differentiable in its tensors. What no rain has, such as a negative rate, is
a ``ValueError``, and what is no number a ``TypeError``.
"""
import math
from typing import TypeVar

import torch
from torch import Tensor

from .camera import Camera, check_exposure, find_camera
from .quantities import (
    check_count,
    check_not_negative,
    check_positive,
    check_width,
    check_within,
)

Quantity = TypeVar('Quantity', float, Tensor)

INTERCEPT = 8000.
"""Of the Marshall-Palmer law, drops per cubic metre and mm of diameter."""

LARGEST_MM = 7.
"""Drops beyond this diameter break."""

_EXTINCTION = dict(
    weber=(.312, .67), geometric=(.365, .63), france=(.248, .67))
"""Coefficient and exponent of the rate, giving 1/km."""

EXTINCTIONS = tuple(_EXTINCTION)
"""Names of the laws of :func:`extinction`."""


def slope(rate_mm_h: Quantity) -> Quantity:
    r"""Slope of the Marshall-Palmer law, :math:`\Lambda = 4.1 R^{-0.21}`.

    Args:
        rate_mm_h: Rain rate, positive.

    Returns:
        In 1/mm.
    """
    check_positive(rate_mm_h=rate_mm_h)
    steepness: Quantity = 4.1 * rate_mm_h**-0.21
    return steepness


def drop_density(diameter_mm: Tensor, rate_mm_h: Quantity) -> Tensor:
    r"""Marshall-Palmer law :math:`N(D) = 8000 e^{-\Lambda D}`.

    Args:
        diameter_mm: Diameters D of drops.
        rate_mm_h: Rain rate, positive.

    Returns:
        Drops per cubic metre and millimetre of diameter.
    """
    check_not_negative(diameter_mm=diameter_mm)
    return INTERCEPT * torch.exp(-slope(rate_mm_h) * diameter_mm)


def drop_count(rate_mm_h: float, above_mm: float = 0.) -> float:
    """Drops in a cubic metre of air.

    Args:
        rate_mm_h: Rain rate, positive.
        above_mm: Least diameter that counts. Defaults to 0.
    """
    check_not_negative(above_mm=above_mm)
    steepness = slope(rate_mm_h)
    return INTERCEPT / steepness * math.exp(-steepness * above_mm)


def median_diameter(rate_mm_h: Quantity) -> Quantity:
    """Median volume diameter in mm: half the water is in larger drops.

    It is also the median diameter of the drops that a camera sees as at
    least so many pixels wide, since it sees larger drops from farther away.

    Args:
        rate_mm_h: Rain rate, positive.
    """
    return 3.672 / slope(rate_mm_h)


def liquid_water(rate_mm_h: Quantity) -> Quantity:
    """Liquid water in the air, in g per cubic metre.

    Args:
        rate_mm_h: Rain rate, positive.
    """
    return 8 * math.pi / slope(rate_mm_h)**4


def terminal_speed(diameter_mm: Tensor) -> Tensor:
    r"""Speed of falling drops, :math:`9.65 - 10.3 e^{-0.6 D}`.

    Source: Atlas et al. 1973, Eq. (24); 1.8 % off the measurements of Gunn and
    Kinzer for drops of at least 0.6 mm, and zero below 0.11 mm.

    Args:
        diameter_mm: Diameters of drops.

    Returns:
        In m/s.
    """
    check_not_negative(diameter_mm=diameter_mm)
    return (9.65 - 10.3 * torch.exp(-0.6 * diameter_mm)).clamp(min=0)


def sample_diameters(count: int,
                     rate_mm_h: float,
                     generator: torch.Generator,
                     least_mm: float = 0.) -> Tensor:
    """Draw diameters of drops in the air by the Marshall-Palmer law.

    Args:
        count: Number of drops.
        rate_mm_h: Rain rate, positive.
        generator: On the CPU.
        least_mm: Least diameter. Defaults to 0.

    Returns:
        In mm, at most 7, where drops break. Shape (count,), float64.
    """
    check_count(count)
    check_within(0., LARGEST_MM, least_mm=least_mm)
    steepness = slope(rate_mm_h)
    most = -math.expm1(-steepness * (LARGEST_MM - least_mm))
    share = torch.rand(count, generator=generator, dtype=torch.float64)
    return least_mm - torch.log1p(-share * most) / steepness


def rain_rate(diameter_mm: Tensor, volume_m3: float | Tensor) -> float:
    r"""Rain rate of drops in the air, :math:`0.6\,10^{-3}\pi\sum D^3 v/V`.

    Args:
        diameter_mm: Diameters of the drops. Shape (P,).
        volume_m3: Air that holds them, or that each kind of drop was counted
            in. A number, or of shape (P,).

    Returns:
        In mm/h. The Marshall-Palmer law gives up to 1.19 times the rate that
        it is given, most below 10 mm/h, and 0.99 at 200 mm/h.
    """
    check_not_negative(diameter_mm=diameter_mm)
    check_positive(volume_m3=volume_m3)
    flux = diameter_mm**3 * terminal_speed(diameter_mm) / volume_m3
    return float(0.6e-3 * math.pi * flux.sum())


def extinction(rate_mm_h: Quantity, model: str = 'weber') -> Quantity:
    """Extinction of light by rain.

    Args:
        rate_mm_h: Rain rate, not negative.
        model: ``'weber'``, 0.312 R^0.67 (Weber et al. 2015); ``'geometric'``,
            twice the cross-section of the drops of the Marshall-Palmer law,
            0.365 R^0.63; or ``'france'``, 0.248 R^0.67 (1.076 R^0.67 dB/km).
            Defaults to ``'weber'``.

    Returns:
        In 1/km.

    Raises:
        ValueError: If there is no such model.
    """
    if model not in _EXTINCTION:
        raise ValueError(f'a model of extinction must be one of {EXTINCTIONS},'
                         f' but got {model!r}')
    check_not_negative(rate_mm_h=rate_mm_h)
    factor, exponent = _EXTINCTION[model]
    per_km: Quantity = factor * rate_mm_h**exponent
    return per_km


def visibility(extinction_per_km: float, contrast: float = 0.05) -> float:
    """Distance in m at which this share of contrast is left (Koschmieder).

    Args:
        extinction_per_km: Extinction, positive.
        contrast: In (0, 1). Defaults to 0.05.
    """
    check_positive(extinction_per_km=extinction_per_km, contrast=contrast)
    check_within(0., 1., contrast=contrast)
    return -math.log(contrast) / extinction_per_km * 1e3


def streak_width_px(diameter_mm: Tensor, depth_m: Tensor,
                    focal_px: float) -> Tensor:
    """Width of a streak, f D / Z.

    Args:
        diameter_mm: Diameters of the drops.
        depth_m: Their depths.
        focal_px: Focal length in pixels.
    """
    check_not_negative(diameter_mm=diameter_mm)
    check_positive(depth_m=depth_m, focal_px=focal_px)
    return focal_px * diameter_mm * 1e-3 / depth_m


def streak_length_px(speed_m_s: Tensor, depth_m: Tensor,
                     exposure_s: float | Tensor, focal_px: float) -> Tensor:
    """How far a drop moves in the image during the exposure, f v T / Z.

    Args:
        speed_m_s: Speeds of the drops across the line of sight.
        depth_m: Their depths.
        exposure_s: Exposure time.
        focal_px: Focal length in pixels.
    """
    check_exposure(exposure_s)
    check_not_negative(speed_m_s=speed_m_s)
    check_positive(depth_m=depth_m, focal_px=focal_px)
    return focal_px * speed_m_s * exposure_s / depth_m


def streak_opacity(diameter_mm: Tensor,
                   exposure_s: float | Tensor,
                   speed_m_s: Tensor | None = None) -> Tensor:
    r"""Share of the exposure for which a drop covers a pixel, w / (w + L).

    It is free of depth and focal length: width and length shrink alike.

    Args:
        diameter_mm: Diameters of the drops.
        exposure_s: Exposure time.
        speed_m_s: Speeds of the drops. None is that of their fall.
    """
    check_exposure(exposure_s)
    check_positive(diameter_mm=diameter_mm)
    if speed_m_s is None:
        speed_m_s = terminal_speed(diameter_mm)
    check_not_negative(speed_m_s=speed_m_s)
    width_m = diameter_mm * 1e-3
    return width_m / (width_m + speed_m_s * exposure_s)


def visible_drops(camera: str | dict | Camera,
                  rate_mm_h: Quantity,
                  min_width_px: float = 1.) -> Quantity:
    r"""Mean number of drops in an image that are at least so wide.

    :math:`W H f / (3 w^3) \int N(D) D^3 dD`: a drop is seen up to the depth
    f D / w.

    Args:
        camera: Gives size and focal length.
        rate_mm_h: Rain rate, positive.
        min_width_px: Least width w of a streak. Defaults to 1.
    """
    return _seen_water(camera, min_width_px) / slope(rate_mm_h)**4


def equivalent_rate(camera: str | dict | Camera,
                    count: float,
                    min_width_px: float = 1.) -> float:
    """Rain rate that shows so many drops: inverts :func:`visible_drops`.

    Args:
        camera: Gives size and focal length.
        count: Number of drops, not negative.
        min_width_px: Least width of a streak that counts. Defaults to 1.

    Returns:
        In mm/h.
    """
    check_not_negative(count=count)
    steepness_power = 4.1**4 * count / _seen_water(camera, min_width_px)
    return float(steepness_power**(1 / .84))


def _seen_water(camera: str | dict | Camera, min_width_px: float) -> float:
    """W H f / (3 w^3) 8000 * 3! in the units of a slope per mm."""
    check_width(min_width_px)
    camera = find_camera(camera)
    area = camera.width_px * camera.height_px * camera.focal_px
    return area / (3 * min_width_px**3) * INTERCEPT * math.factorial(3) * 1e-9


def streak_cover(camera: str | dict | Camera,
                 rate_mm_h: float,
                 min_width_px: float,
                 nearest_m: float = 0.) -> float:
    r"""Mean share of the exposure for which rain covers a pixel.

    :math:`\int N(D) D^2 (f D / w - Z_0) dD`; free of the exposure. Times a
    drop's contrast it is the mean of a rain layer.

    Args:
        camera: Gives the focal length.
        rate_mm_h: Rain rate, positive.
        min_width_px: Least width w of a streak that counts.
        nearest_m: Least depth Z_0 of a drop. Defaults to 0.
    """
    check_width(min_width_px)
    check_not_negative(nearest_m=nearest_m)
    steepness = slope(rate_mm_h)
    reach = find_camera(camera).focal_px / min_width_px
    # drops that are so wide at the least depth, from which on they count
    least = nearest_m * 1e3 / reach
    return INTERCEPT * reach * 1e-9 * math.exp(-steepness * least) * (
        least**2 / steepness**2 + 4 * least / steepness**3 + 6 / steepness**4)
