"""Checks of numbers of things."""

from numbers import Integral
from typing import Any


def check_counts(**counts: Any) -> None:
    """Check that numbers of things are whole and positive.

    Args:
        **counts (Any): Each by the name that the message gives it.

    Raises:
        ValueError: If one is not.
    """
    for name, count in counts.items():
        if not isinstance(count, Integral):
            raise ValueError(f'{name} must be an integer, but got {count!r}')
        if count < 1:
            raise ValueError(f'{name} must be at least 1, but got {count}')
