"""Success rates of an attack on a classifier, in both readings."""
from collections.abc import Sequence

import numpy as np


def success_rates(
        right: Sequence[bool],
        clean_right: Sequence[bool] | None = None) -> dict[str, float]:
    """Share of images that are classified wrongly.

    Source: the paper's tables give a success rate and do not say of which
    images. ``success_all`` counts all of them, as the attacks it compares
    with do; ``success_on_correct`` those that the same classifier gets right
    without an attack.

    Args:
        right: Whether each attacked image is classified rightly.
        clean_right: Whether each clean one is, in the same order.

    Returns:
        ``top1``, ``success_all`` and, with ``clean_right``,
        ``success_on_correct`` (NaN where no clean image is classified
        rightly), in [0, 1].

    Raises:
        ValueError: If there are no images, or the two are not as many.
    """
    now = np.asarray(right, dtype=bool)
    if not now.size:
        raise ValueError('wanted at least one image, got none')
    rates = dict(top1=float(now.mean()), success_all=float(1 - now.mean()))
    if clean_right is not None:
        before = np.asarray(clean_right, dtype=bool)
        if before.shape != now.shape:
            raise ValueError(f'wanted {now.size} clean images, one for each '
                             f'attacked one, got {before.size}')
        rates['success_on_correct'] = float(
            (~now[before]).mean()) if before.any() else float('nan')
    return rates
