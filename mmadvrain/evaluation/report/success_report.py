import json
from pathlib import Path
from typing import Any

import numpy as np

from mmadvrain.evaluation.functional.bootstrap import (
    Interval,
    bootstrap_interval,
)
from mmadvrain.typing import PathLike


def success_intervals(folder: PathLike,
                      clean: str = 'clean',
                      draws: int = 2000) -> dict[str, dict[str, Interval]]:
    """Success rates of every view of a folder, with confidence intervals.

    Args:
        folder: With ``predictions/VIEW.json``, as :class:`ClassificationTask`
            writes them.
        clean: View without attack. Defaults to ``'clean'``.
        draws: Bootstrap samples of images. Defaults to 2000.

    Returns:
        By view: ``top1``, ``success_all`` and ``success_on_correct`` of 95
        percent confidence, in [0, 1]. Empty where there are no predictions.
    """
    views: dict[str, dict] = {
        path.stem: json.loads(path.read_text())
        for path in sorted((Path(folder) / 'predictions').glob('*.json'))
    }
    before = _right(views.get(clean, {}))
    return {
        view: _intervals(_right(found), before, draws)
        for view, found in views.items() if found
    }


def _right(found: dict) -> dict[str, bool]:
    return {key: one['pred'] == one['gt'] for key, one in found.items()}


def _intervals(now: dict[str, bool], before: dict[str, bool],
               draws: int) -> dict[str, Interval]:
    right = np.array(list(now.values()))
    known: Any = None
    if set(now) <= set(before):
        known = np.array([before[key] for key in now])

    def top1(index: np.ndarray) -> np.ndarray:
        return right[index].mean(1)

    def on_correct(index: np.ndarray) -> np.ndarray:
        counted = known[index].sum(1)
        lost = (known & ~right)[index].sum(1)
        return np.where(counted, lost / np.maximum(counted, 1), np.nan)

    count = len(right)
    found = dict(top1=bootstrap_interval(top1, count, draws=draws))
    found['success_all'] = Interval(1 - found['top1'].value,
                                    1 - found['top1'].high,
                                    1 - found['top1'].low)
    if known is not None:
        found['success_on_correct'] = bootstrap_interval(
            on_correct, count, draws=draws)
    return found
