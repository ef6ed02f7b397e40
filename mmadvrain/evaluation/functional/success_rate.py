"""Success rates of an attack on a classifier, in both readings."""
from collections.abc import Sequence

import numpy as np

from .bootstrap import Interval, bootstrap_interval


def success_rates(right: Sequence[bool],
                  clean_right: Sequence[bool] | None = None,
                  draws: int = 0) -> dict[str, float]:
    """Share of images that are classified wrongly.

    Source: the paper's tables give a success rate and do not say of which
    images. ``success_all`` counts all of them, as the attacks it compares
    with do; ``success_on_correct`` those that the same classifier gets right
    without an attack.

    Args:
        right: Whether each attacked image is classified rightly.
        clean_right: Whether each clean one is, in the same order.
        draws: Bootstrap samples of images for 95 percent intervals. Defaults
            to 0, none.

    Returns:
        ``top1``, ``success_all`` and, with ``clean_right``,
        ``success_on_correct`` (NaN where no clean image is classified
        rightly), in [0, 1]; with ``draws`` the ends of their intervals as
        ``top1_low``, ``top1_high`` and so on.

    Raises:
        ValueError: If there are no images, or the two are not as many.
    """
    now = np.asarray(right, dtype=bool)
    if not now.size:
        raise ValueError('wanted at least one image, got none')
    before = None
    if clean_right is not None:
        before = np.asarray(clean_right, dtype=bool)
        if before.shape != now.shape:
            raise ValueError(f'wanted {now.size} clean images, one for each '
                             f'attacked one, got {before.size}')
    rates = dict(top1=float(now.mean()), success_all=float(1 - now.mean()))
    if before is not None:
        rates['success_on_correct'] = float(
            (~now[before]).mean()) if before.any() else float('nan')
    if draws:
        for name, (_, low, high) in _intervals(now, before, draws).items():
            rates.update({f'{name}_low': low, f'{name}_high': high})
    return rates


def _intervals(now: np.ndarray, before: np.ndarray | None,
               draws: int) -> dict[str, Interval]:

    def top1(index: np.ndarray) -> np.ndarray:
        return now[index].mean(1)

    known = bootstrap_interval(top1, now.size, draws=draws)
    found = dict(
        top1=known,
        success_all=Interval(1 - known.value, 1 - known.high, 1 - known.low))
    if before is None:
        return found
    right = before

    def on_correct(index: np.ndarray) -> np.ndarray:
        counted = right[index].sum(1)
        lost = (right & ~now)[index].sum(1)
        return np.where(counted, lost / np.maximum(counted, 1), np.nan)

    found['success_on_correct'] = bootstrap_interval(
        on_correct, now.size, draws=draws)
    return found
