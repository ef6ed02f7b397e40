"""Checks of numbers that have a unit; the unit is in the name."""
import math
from numbers import Integral, Real
from typing import Any

from torch import Tensor

SLOWEST_MM_H = 0.01
"""Least rain rate but none: a rate in metres a second would be below."""

WETTEST_MM_H = 1000.
"""Largest rain rate; the wettest hour had about 400 mm."""

FASTEST_WIND_M_S = 100.

WIDEST_PX = 100.
"""Largest least width of what counts as a streak."""


def check_numbers(**values: object) -> None:
    """Check that something is a number, or a tensor of them, by name.

    Raises:
        TypeError: If one is not.
    """
    for name, value in values.items():
        if not isinstance(value, (Real, Tensor)) or isinstance(value, bool):
            raise TypeError(f'`{name}` must be a number, but got {value!r}')


def check_positive(**values: object) -> None:
    """Check numbers, or tensors of them, by name.

    Raises:
        TypeError: If one is no number.
        ValueError: If one is not positive and finite.
    """
    for name, value in values.items():
        _check(name, value, 0., math.inf, 'positive and finite', False)


def check_not_negative(**values: object) -> None:
    """As :func:`check_positive`; 0 is allowed."""
    for name, value in values.items():
        _check(name, value, 0., math.inf, 'not negative and finite', True)


def check_within(low: float, high: float, **values: object) -> None:
    """Check that numbers, or tensors of them, are in [low, high].

    Args:
        low: Least value.
        high: Largest value.
        **values: By name.

    Raises:
        TypeError: If one is no number.
        ValueError: If one is outside.
    """
    for name, value in values.items():
        _check(name, value, low, high, f'in [{low:g}, {high:g}]', True)


def check_rate(rate_mm_h: object, none_too: bool = True) -> None:
    """Check a rain rate that somebody asks for.

    Args:
        rate_mm_h: The rate.
        none_too: Whether it may be 0. Defaults to True.

    Raises:
        TypeError: If it is no number.
        ValueError: If it is out of range.
    """
    wanted = (f'{"0 or " if none_too else ""}in [{SLOWEST_MM_H:g}, '
              f'{WETTEST_MM_H:g}] mm/h (the wettest hour had about 400)')
    if none_too and isinstance(rate_mm_h, Real) and rate_mm_h == 0:
        return
    _check('rate_mm_h', rate_mm_h, SLOWEST_MM_H, WETTEST_MM_H, wanted, True)


def check_count(count: object) -> None:
    """Check a number of drops.

    Raises:
        ValueError: If it is not whole or is negative.
    """
    if not isinstance(count, Integral) or isinstance(count, bool) or \
            count < 0:
        raise ValueError('`count` must be a whole number, not negative, but '
                         f'got {count!r}')


def check_width(min_width_px: object) -> None:
    """Check the width of the finest streak that counts.

    Raises:
        TypeError: If it is no number.
        ValueError: If it is not positive, or wider than any streak.
    """
    wanted = f'positive and at most {WIDEST_PX:g} pixels'
    _check('min_width_px', min_width_px, 0., WIDEST_PX, wanted, False)


def check_wind(wind_m_s: Any) -> None:
    """Check wind to the right and towards the camera.

    Raises:
        ValueError: If it is no pair of numbers within 100 m/s.
    """
    try:
        aside, towards = wind_m_s
        check_within(
            -FASTEST_WIND_M_S, FASTEST_WIND_M_S, aside=aside, towards=towards)
    except (TypeError, ValueError):
        raise ValueError('`wind_m_s` must be the wind to the right and '
                         f'towards the camera, within {FASTEST_WIND_M_S:g} '
                         f'm/s, but got {wind_m_s!r}') from None


def _check(name: str, value: object, low: float, high: float, wanted: str,
           low_too: bool) -> None:
    """Refuse what is outside; NaN is, and the infinite ends are."""
    if isinstance(value, Tensor):
        # one on a GPU is not looked at, which would wait for it
        if value.is_cuda or not value.numel():
            return
        seen = value.detach()
        least, most = float(seen.min()), float(seen.max())
        shown = f'values from {least:g} to {most:g}'
    else:
        check_numbers(**{name: value})
        least = most = float(value)  # type: ignore[arg-type]
        shown = f'{value}'
    above = least >= low if low_too else least > low
    if not (above and most <= high and math.isfinite(most)):
        raise ValueError(f'`{name}` must be {wanted}, but got {shown}')
