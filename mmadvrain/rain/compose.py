"""Eq. (2) of the paper: clean image + rain layer -> rainy image."""
from collections.abc import Callable

from torch import Tensor


def compose_additive(clean: Tensor, rain: Tensor) -> Tensor:
    r"""Add rain to a clean image, saturating at white.

    Source: Eq. (2) of the paper, :math:`X' = X + R`. Differs from it in: the
    clip to [0, 1], which the paper leaves to the image format.

    Args:
        clean: RGB in [0, 1]. Shape (..., C, H, W).
        rain: Rain layer, not negative. Shape (..., C, H, W).

    Returns:
        RGB in [0, 1]. Gradient reaches both inputs, zero where saturated.
    """
    return (clean + rain).clamp(0, 1)


def compose_screen(clean: Tensor, rain: Tensor) -> Tensor:
    r"""Screen blend, :math:`X' = X + R - X R`.

    Source: the composition of EfDeRain's RainMix; rain adds less where the
    scene is bright, so nothing saturates.

    Args:
        clean: RGB in [0, 1]. Shape (..., C, H, W).
        rain: Rain layer, clipped to [0, 1]. Shape (..., C, H, W).

    Returns:
        RGB in [0, 1].
    """
    rain = rain.clamp(0, 1)
    return clean + rain - clean * rain


def compose_heavy_rain(clean: Tensor,
                       rain: Tensor,
                       transmission: float = 0.85,
                       atmosphere: float = 0.75) -> Tensor:
    r"""Rain with the veil that dense rain lays over the distance.

    Source: the heavy-rain model :math:`X' = t (X + R) + (1 - t) A` of Li et
    al., CVPR 2019, with one transmission for the whole image, since there is
    no depth map to grade it by.

    Args:
        clean: RGB in [0, 1]. Shape (..., C, H, W).
        rain: Rain layer, not negative. Shape (..., C, H, W).
        transmission: Share of the scene's light that arrives, in [0, 1].
            Defaults to 0.85.
        atmosphere: Brightness of the veil, in [0, 1]. Defaults to 0.75.

    Returns:
        RGB in [0, 1].
    """
    veil = (1 - transmission) * atmosphere
    return (transmission * (clean + rain) + veil).clamp(0, 1)


COMPOSE_MODELS: dict[str, Callable[..., Tensor]] = dict(
    additive=compose_additive,
    screen=compose_screen,
    heavy_rain=compose_heavy_rain)


def check_compose_model(model: str) -> str:
    """Return the name if such a synthesis model exists.

    Raises:
        ValueError: If it does not; names the ones there are.
    """
    if model not in COMPOSE_MODELS:
        raise ValueError(f'rain synthesis model must be one of '
                         f'{sorted(COMPOSE_MODELS)}, but got {model!r}')
    return model


def compose_rain(clean: Tensor,
                 rain: Tensor,
                 model: str = 'additive',
                 **options: float) -> Tensor:
    r"""Lay a rain layer over a clean image, :math:`X' = h(X, R)`.

    Source: Eq. (2) of the paper.

    Args:
        clean: RGB in [0, 1]. Shape (..., C, H, W).
        rain: Rain layer, not negative. Shape (..., C, H, W).
        model: ``'additive'`` (the paper), ``'screen'`` or ``'heavy_rain'``.
            Defaults to ``'additive'``.
        **options: Passed on to the model's own function.

    Returns:
        RGB in [0, 1]. Shape (..., C, H, W).

    Raises:
        ValueError: If there is no such model, or the last two sizes differ.
    """
    check_compose_model(model)
    if clean.shape[-2:] != rain.shape[-2:]:
        raise ValueError(f'clean image and rain layer must be of one size, '
                         f'but got {tuple(clean.shape)} and '
                         f'{tuple(rain.shape)}')
    return COMPOSE_MODELS[model](clean, rain, **options)
