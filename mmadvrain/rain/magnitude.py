"""How much rain a layer holds."""
from collections.abc import Callable

from torch import Tensor

VISIBLE = 0.02
"""Brightness, in [0, 1], from which a pixel counts as rain: 5 of 255."""


def rain_map(rain: Tensor, threshold: float = VISIBLE) -> Tensor:
    """Binary rain map: where rain can be seen.

    Source: section 4.2.2 of the paper, which gives no threshold.

    Args:
        rain: Rain layer. Shape (C, H, W).
        threshold: Brightness from which on a pixel is rain, in [0, 1].
            Defaults to 0.02, five of 255 grey levels.

    Returns:
        Bool. Shape (H, W).
    """
    return rain.amax(0) >= threshold


def rain_area(rain: Tensor, threshold: float = VISIBLE) -> float:
    """Rain magnitude of Table 2: the share of pixels that are rain.

    Args:
        rain: Rain layer. Shape (C, H, W).
        threshold: As in :func:`rain_map`.

    Returns:
        In [0, 1].
    """
    return float(rain_map(rain, threshold).double().mean())


def rain_brightness(rain: Tensor) -> float:
    """Mean of the rain layer over pixels and channels, in [0, inf)."""
    return float(rain.double().mean())


def rain_l2(rain: Tensor) -> float:
    """Root mean square of the rain layer over pixels and channels.

    Its L2 norm divided by the square root of the number of values, so that
    images of any size compare.
    """
    return float(rain.double().square().mean().sqrt())


def rain_chroma(rain: Tensor) -> float:
    """Mean spread between the channels, 0 for colourless rain."""
    return float((rain.amax(0) - rain.amin(0)).double().mean())


MAGNITUDES: dict[str, Callable[[Tensor], float]] = dict(
    area=rain_area, l2=rain_l2, brightness=rain_brightness)
"""Measures by which random rain is matched with adversarial rain."""


def measure_rain(rain: Tensor) -> dict[str, float]:
    """Area of the binary rain map, L2, mean brightness and chroma, by name.

    Args:
        rain: Rain layer. Shape (C, H, W).

    Returns:
        ``area``, ``l2``, ``brightness`` and ``chroma``.
    """
    return dict({
        name: of(rain)
        for name, of in MAGNITUDES.items()
    },
                chroma=rain_chroma(rain))
