"""Grey levels as files hold them <-> light, in which exposures add up."""
import torch
from torch import Tensor


def srgb_to_linear(levels: Tensor) -> Tensor:
    """Light of sRGB levels.

    Source: IEC 61966-2-1.

    Args:
        levels: In [0, 1].

    Returns:
        In [0, 1].
    """
    return torch.where(levels <= 0.04045, levels / 12.92,
                       ((levels.clamp(min=0.04045) + 0.055) / 1.055)**2.4)


def linear_to_srgb(light: Tensor) -> Tensor:
    """Levels of light: inverts :func:`srgb_to_linear`.

    Args:
        light: In [0, 1].

    Returns:
        In [0, 1].
    """
    curved = light.clamp(min=0.0031308)**(1 / 2.4)
    return torch.where(light <= 0.0031308, light * 12.92,
                       1.055 * curved - 0.055)
