"""Rain that browse_rain.py puts beside the rain that it was asked for."""
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import torch

from mmadvrain.datasets.transforms import AddRain
from mmadvrain.functional.pixel_space import (
    from_bgr_levels,
    image_hw,
    to_bgr_uint8,
)
from mmadvrain.rain import (
    ParticleRain,
    compose_rain,
    factors_from,
    render_streaks,
)

NIGHT = dict(daylight=0.05, lamp=0.4)
"""A dark scene, before a lamp that lights the drops."""


def rain_of(
    kind: str, rate_mm_h: float, options: dict[str, Any]
) -> Callable[[np.ndarray, torch.Generator], np.ndarray]:
    """Rain of a kind.

    Args:
        kind: ``'given'``; ``'night'``, the same before a lamp in the dark;
            ``'halder'``, the same blended as by rain-rendering; or
            ``'paper'``, the paper's factors for the weather.
        rate_mm_h: Rain rate.
        options: Of :class:`ParticleRain`.

    Returns:
        Rains on an image, BGR and uint8, of shape (H, W, 3).

    Raises:
        ValueError: If an option is out of range.
    """
    if kind == 'night':
        options = {**options, **NIGHT}
    if kind == 'halder':
        own = ('daylight', 'lamp', 'fog_visibility_m')
        options = {k: v for k, v in options.items() if k not in own}
        options['blend'] = 'halder'
    if kind != 'paper':
        return AddRain(rate_mm_h, **options).on_image
    rain = ParticleRain(rate_mm_h, **options)

    def streaks(image: np.ndarray, generator: torch.Generator) -> np.ndarray:
        levels = torch.from_numpy(np.ascontiguousarray(image))
        clean = from_bgr_levels(levels.permute(2, 0, 1))
        factors = factors_from(rate_mm_h, rain.wind_m_s[0], rain.exposure_s,
                               rain.camera.fitted(image_hw(clean)), generator)
        return to_bgr_uint8(compose_rain(clean, render_streaks(factors)))

    return streaks


def thumbnail(image: np.ndarray, text: str, width: int = 480) -> np.ndarray:
    """Bring an image to a width and write into its corner.

    Args:
        image: BGR, uint8. Shape (H, W, 3).
        text: What is written.
        width: In pixels. Defaults to 480.
    """
    height = round(image.shape[0] * width / image.shape[1])
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    for colour, thick in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(small, text, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, .5, colour,
                    thick, cv2.LINE_AA)
    return small
