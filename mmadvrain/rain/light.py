r"""Light of drops and air, and how rain is blended into an image."""
import math

import torch
import torch.nn.functional as F
from torch import Tensor

from mmadvrain.functional.linear_light import linear_to_srgb, srgb_to_linear
from mmadvrain.typing import Image

from .camera import Camera
from .physics import extinction

BLENDS = ('energy', 'halder')

_STREAK_EXPOSURE_S = math.sqrt(1.16e-3) / 50
"""To which the streaks of Garg and Nayar's database are normalised."""

_FORWARDNESS = 0.97
"""Of the Henyey-Greenstein phase function of rain (Weber et al. 2015)."""


def airlight(light: Tensor) -> Tensor:
    """Light of the air: the brightest of what is nowhere dark nearby.

    Source: the dark channel of He et al. 2009, on a quarter of the image's
    size. Achromatic, and neither taken from white objects nor from lamps.

    Args:
        light: Linear RGB. Shape (3, H, W).

    Returns:
        Shape ().
    """
    small = F.avg_pool2d(light[None], 4, ceil_mode=True)[0]
    dark = -F.max_pool2d(-small.amin(0)[None, None], 5, stride=1, padding=2)
    return dark.flatten().topk(max(1, dark.numel() // 1000)).values.mean()


def drop_light(light: Tensor,
               air: Tensor,
               sky: float | Tensor = 0.5) -> Tensor:
    """Light that a drop sends to the camera.

    Source: a drop refracts a field of 165 degrees, 0.94 of its light, and
    reflects 0.06 (Garg and Nayar). The camera sees but the middle of
    that field: a share is taken as the air's light, the rest as the image's
    mean.

    Args:
        light: Linear RGB. Shape (3, H, W).
        air: Light of the air. Shape ().
        sky: The air's share, in [0, 1]. Defaults to 0.5.

    Returns:
        Linear RGB. Shape (3, 1, 1).
    """
    scene = light.mean((1, 2), keepdim=True)
    return 0.94 * (scene + sky * (air - scene)) + 0.06 * air


def blend_energy(image: Image, cover: Tensor, light_of_drops: Tensor) -> Image:
    r"""Blend streaks by their share of the exposure, in linear light.

    :math:`I' = (1 - \beta) I + \beta I_{drop}`. Only pixels under streaks are
    touched, so a dry pixel stays bit for bit.

    Args:
        image: The image.
        cover: Share :math:`\beta`, of which 1 is the most. Shape (H, W).
        light_of_drops: Linear RGB. Shape (3, 1, 1).
    """
    wet = cover.detach().flatten().nonzero()[:, 0]
    share = cover.flatten()[wet].clamp(max=1)
    pixels = srgb_to_linear(image.flatten(1)[:, wet])
    mixed = linear_to_srgb(pixels + share *
                           (light_of_drops.flatten(1) - pixels))
    return image.flatten(1).index_copy(1, wet, mixed).view_as(image)


def blend_halder(image: Image, cover: Tensor, light_of_drops: Tensor,
                 exposure_s: float | Tensor) -> Image:
    r"""Blend streaks as the released code of rain-rendering does.

    Source: Halder et al., ICCV 2019: :math:`I' = (1 - \alpha \tau_1 / T) I +
    S \tau_1 / \tau_0` with :math:`\tau_0` = 0.68 ms, on grey levels rather
    than on light. Rain gains :math:`T / \tau_0` times the light that
    :func:`blend_energy` gives it.

    Args:
        image: The image.
        cover: Share of the exposure, :math:`\alpha \tau_1 / T`. Shape (H, W).
        light_of_drops: RGB of the streaks. Shape (3, 1, 1).
        exposure_s: Exposure time T.
    """
    cover = cover.clamp(max=1)
    gain = exposure_s / _STREAK_EXPOSURE_S
    return ((1 - cover) * image + cover * gain * light_of_drops).clamp(0, 1)


def lay_veil(image: Image,
             depth_m: Tensor,
             per_km: float | Tensor,
             air: Tensor,
             daylight: float | Tensor = 1.) -> Image:
    r"""Lay the veil of distant rain or fog over an image.

    :math:`I' = I e^{-\beta Z} + A (1 - e^{-\beta Z})` in linear light.

    Args:
        image: The image.
        depth_m: Depth Z in m. Shape (H, W) or (H, 1).
        per_km: Extinction in 1/km.
        air: Light A of the air. Shape ().
        daylight: Share of the image's light that is left. Defaults to 1.
    """
    left = torch.exp(-per_km * depth_m.to(image) * 1e-3)
    return linear_to_srgb(air + left *
                          (daylight * srgb_to_linear(image) - air))


def halder_airlight(camera: Camera, exposure_s: float) -> float:
    """Light of the veil over the image's mean, in rain-rendering's code.

    Source: Halder et al.: the Henyey-Greenstein phase function at 90 degrees
    times 4 N^2 / (T gain pi). It depends on the camera's gain, so it is free.

    Args:
        camera: Gives f-number and gain.
        exposure_s: Exposure time T.
    """
    squared = _FORWARDNESS**2
    phase = (1 - squared) / (4 * math.pi * (1 + squared)**1.5)
    brightness: float = phase * 4 * camera.f_number**2 / (
        exposure_s * camera.gain * math.pi)
    return brightness


def halder_veil(image: Image, depth_m: Tensor, rate_mm_h: float,
                camera: Camera) -> Image:
    """Lay the veil of rain-rendering's code, up to its smoothing.

    Args:
        image: The image.
        depth_m: Depth in m. Shape (H, W) or (H, 1).
        rate_mm_h: Rain rate.
        camera: Gives exposure, f-number and gain.
    """
    left = torch.exp(-extinction(rate_mm_h) * depth_m.to(image) * 1e-3)
    gain = halder_airlight(camera, camera.exposure_s)
    mean = image.mean((1, 2), keepdim=True)
    return (image * left + (gain * mean * (1 - left)).clamp(0, 1)).clamp(0, 1)
