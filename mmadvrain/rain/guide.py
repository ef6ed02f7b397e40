"""What to set up in front of a real camera to get the rain of a result."""
import math

import torch

from .camera import Camera, find_camera
from .drops import Drops
from .factors import RainFactors
from .physics import median_diameter, terminal_speed
from .quantities import (
    check_not_negative,
    check_positive,
    check_width,
    check_within,
)
from .weather import describe_rain

GRAVITY = 9.81


def fall_height(speed_m_s: float, share: float = 0.95) -> float:
    r"""Height from which a drop at rest reaches a share of its final speed.

    With drag by the square of the speed, :math:`v(h) = v_t \sqrt{1 - e^{-2 g
    h / v_t^2}}`.

    Args:
        speed_m_s: Terminal speed.
        share: In [0, 1). Defaults to 0.95.

    Returns:
        In metres.
    """
    check_not_negative(speed_m_s=speed_m_s)
    check_within(0., 1 - 1e-12, share=share)
    return -speed_m_s**2 / (2 * GRAVITY) * math.log(1 - share**2)


def guide_rain(rain: RainFactors | Drops,
               camera: str | dict | Camera | None = None,
               area_m2: float = 10.,
               min_width_px: float = 1.) -> dict[str, float]:
    """Say what to reproduce in front of a camera.

    Source: section 4.6 of the paper, whose rain was made by hand.

    Args:
        rain: Of one image.
        camera: Sees the paper's factors; drops know theirs. Defaults to None.
        area_m2: Ground that is rained on. Defaults to 10.
        min_width_px: As for :func:`describe_rain`. Defaults to 1.

    Returns:
        ``rate_mm_h`` and ``litres_a_minute`` on the area; ``diameter_mm``,
        the median by volume, with ``fall_m_s`` and ``nozzle_height_m``, from
        which drops reach 95 % of that speed; ``fan_m_s``, the speed of air to
        the right where it rains, and ``angle_deg`` of the streaks from the
        vertical; ``fan_along_m_s`` towards the camera; ``exposure_s``; and
        ``farthest_m``, where a median drop is ``min_width_px`` wide. NaN
        where the result has no such thing, as no wind of no rain.

    Raises:
        ValueError: If area or width is not positive, or the paper's factors
            come without a camera.
    """
    check_positive(area_m2=area_m2)
    check_width(min_width_px)
    along = 0.
    if isinstance(rain, Drops):
        camera = rain.camera
        rate, exposure = float(rain.rate_mm_h), float(rain.exposure_s)
        wind, along = rain.wind_m_s.tolist()
    elif camera is None:
        raise ValueError("the paper's factors have no units without a camera,"
                         ' but got none')
    else:
        camera = find_camera(camera).fitted(rain.size_hw)
        found = describe_rain(rain, camera, min_width_px)
        rate, wind = found['rate_mm_h'], found['wind_m_s']
        exposure = found['exposure_s']
    diameter = median_diameter(rate) if rate else math.nan
    fall = float(terminal_speed(torch.tensor(diameter))) if rate else math.nan
    return dict(
        rate_mm_h=rate,
        litres_a_minute=rate * area_m2 / 60,
        area_m2=area_m2,
        diameter_mm=diameter,
        fall_m_s=fall,
        nozzle_height_m=fall_height(fall) if rate else math.nan,
        fan_m_s=wind,
        fan_along_m_s=along,
        angle_deg=math.degrees(math.atan2(wind, fall)),
        exposure_s=exposure,
        farthest_m=camera.focal_px * diameter * 1e-3 / min_width_px)


def tell_guide(guide: dict[str, float]) -> str:
    """The same in sentences.

    Args:
        guide: From :func:`guide_rain`.
    """
    if not guide['rate_mm_h']:
        return 'No rain is to be made.'
    side = 'right' if guide['fan_m_s'] >= 0 else 'left'
    lines = [
        'Rain: {rate_mm_h:.1f} mm/h, which is {litres_a_minute:.2f} litres a '
        'minute on {area_m2:g} square metres.',
        'Drops: {diameter_mm:.2f} mm (median by volume), falling at '
        '{fall_m_s:.1f} m/s; nozzles at least {nozzle_height_m:.1f} m up.',
        'Where: up to {farthest_m:.1f} m ahead of the camera.'
    ]
    if not math.isnan(guide['fan_m_s']):
        lines += [
            f'Fan: {abs(guide["fan_m_s"]):.1f} m/s to the {side} of the '
            f'picture and {guide["fan_along_m_s"]:.1f} m/s towards the camera;'
            f' streaks lean {abs(guide["angle_deg"]):.0f} degrees to the '
            f'{side} as they fall.',
            f'Exposure: {1e3 * guide["exposure_s"]:.1f} ms, or 1/'
            f'{1 / guide["exposure_s"]:.0f} s.'
        ]
    return '\n'.join(lines).format(**guide)
