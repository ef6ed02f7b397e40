"""Checks of numbers of things."""
from numbers import Integral


def check_counts(**counts: object) -> None:
    """Check that numbers of things are whole and positive.

    Args:
        **counts: Each by the name that the message gives it.

    Raises:
        ValueError: If one is not.
    """
    for name, count in counts.items():
        if not isinstance(count, Integral):
            raise ValueError(f'{name} must be an integer, but got {count!r}')
        if count < 1:
            raise ValueError(f'{name} must be at least 1, but got {count}')


def check_shares(**values: float) -> None:
    """Check shares, overlaps and probabilities by name.

    Raises:
        ValueError: If one is not in [0, 1].
    """
    for label, value in values.items():
        if not 0 <= value <= 1:
            raise ValueError(f'`{label}` must be in [0, 1], got {value}')


def check_limits(**limits: int | None) -> None:
    """Check largest numbers of things by name; None is no limit.

    Raises:
        ValueError: If one is not positive.
    """
    for label, count in limits.items():
        if count is not None and count < 1:
            raise ValueError(f'`{label}` must be positive, got {count}')
