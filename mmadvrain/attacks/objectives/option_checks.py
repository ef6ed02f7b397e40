"""Checks of what objectives are given, each with its message."""
from typing import Optional


def check_shares(**values: float) -> None:
    """Check shares, overlaps and probabilities by name.

    Raises:
        ValueError: If one is not in [0, 1].
    """
    for label, value in values.items():
        if not 0 <= value <= 1:
            raise ValueError(f'`{label}` must be in [0, 1], got {value}')


def check_counts(**counts: Optional[int]) -> None:
    """Check numbers of things by name; None is no limit.

    Raises:
        ValueError: If one is not positive.
    """
    for label, count in counts.items():
        if count is not None and count < 1:
            raise ValueError(f'`{label}` must be positive, got {count}')
