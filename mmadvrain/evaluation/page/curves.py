"""Objective curves as SVG."""
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

_WIDTH, _HEIGHT, _PAD = 320, 140, 6
_MOST = 60


class Curve(NamedTuple):
    """One objective over the steps of all images.

    Attributes:
        name: Of the objective.
        line: Points of the mean, as SVG wants them.
        band: Points around the middle 80 percent of the images.
        low: Least value in the plot.
        high: Largest.
        words: What it shows, for those who do not see it.
    """
    name: str
    line: str
    band: str
    low: float
    high: float
    words: str


def curve(name: str, losses: Sequence[Sequence[float | None]]) -> Curve | None:
    """Mean over images, and the band of 80 percent of them.

    Args:
        name: Of the objective.
        losses: Its values at each step, by image; None is no number.

    Returns:
        None where there is nothing to draw.
    """
    steps = max((len(row) for row in losses), default=0)
    if steps < 2:
        return None
    table: np.ndarray = np.full((len(losses), steps), np.nan)
    for place, row in enumerate(losses):
        table[place, :len(row)] = [math.nan if v is None else v for v in row]
    chosen = np.unique(np.linspace(0, steps - 1, min(steps, _MOST)).round())
    table = table[:, chosen.astype(int)]
    kept = ~np.isnan(table).all(0)
    if kept.sum() < 2:
        return None
    table, chosen = table[:, kept], chosen[kept]
    mean = np.nanmean(table, 0)
    bottom, top = np.nanpercentile(table, [10, 90], 0)
    low, high = float(bottom.min()), float(top.max())
    low, high = min(low, float(mean.min())), max(high, float(mean.max()))

    def points(values: np.ndarray, steps_of: np.ndarray) -> list[str]:
        across = steps_of / (steps - 1) * (_WIDTH - 2 * _PAD) + _PAD
        share = (values - low) / ((high - low) or 1.)
        down = _HEIGHT - _PAD - share * (_HEIGHT - 2 * _PAD)
        return [f'{x:.1f},{y:.1f}' for x, y in zip(across, down)]

    words = (f'{name}: on the mean of {len(losses)} images from '
             f'{mean[0]:.4g} at the start to {mean[-1]:.4g} at step {steps}')
    return Curve(
        name, ' '.join(points(mean, chosen)),
        ' '.join(points(top, chosen) + points(bottom[::-1], chosen[::-1])),
        low, high, words)


def thinned(values: Sequence[float | None]) -> list[float | None]:
    """At most 60 values of a curve, of four digits."""
    places = np.linspace(0, len(values) - 1, min(len(values), _MOST)).round()
    return [
        None if v is None else float(f'{v:.4g}')
        for v in (values[int(place)] for place in np.unique(places))
    ] if len(values) else []
