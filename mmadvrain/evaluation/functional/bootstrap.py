"""How far a number over images can be trusted."""
from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Interval(NamedTuple):
    """A value and its confidence interval.

    Attributes:
        value: Of all images.
        low: Lower end.
        high: Upper end.
    """
    value: float
    low: float
    high: float


def bootstrap_interval(statistic: Callable[[np.ndarray], np.ndarray],
                       count: int,
                       level: float = 0.95,
                       draws: int = 2000,
                       seed: int = 0) -> Interval:
    """Percentile bootstrap of a statistic of images.

    Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993,
    chapter 13: images are drawn with replacement, as many as there are.

    Args:
        statistic: From indices of images, shape (draws, count), to numbers,
            shape (draws,); NaN is left out.
        count: Number of images.
        level: Confidence, in (0, 1). Defaults to 0.95.
        draws: Number of bootstrap samples. Defaults to 2000.
        seed: Of the draws. Defaults to 0.

    Returns:
        Ends are NaN where the statistic always is.

    Raises:
        ValueError: If a number is out of range.
    """
    if count < 1 or draws < 1 or not 0 < level < 1:
        raise ValueError('wanted at least one image and one draw and a level '
                         f'in (0, 1), got {count}, {draws} and {level}')
    value = float(statistic(np.arange(count)[None])[0])
    random = np.random.default_rng(seed)
    drawn = statistic(random.integers(0, count, (draws, count)))
    drawn = drawn[~np.isnan(drawn)]
    if not drawn.size:
        return Interval(value, float('nan'), float('nan'))
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, float(low), float(high))
