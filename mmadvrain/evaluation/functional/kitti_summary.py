"""KITTI scores as a flat dict and as a table."""

import numpy as np

from .kitti_eval import KittiAP


def summarise(scores: dict[str, dict[str, KittiAP]]) -> dict[str, float]:
    """Flatten the scores into a metric's keys.

    Args:
        scores: Of :func:`~.kitti_eval.kitti_ap`.

    Returns:
        In percent, unrounded, and ``nan_points``.
    """
    metrics: dict[str, float] = {}
    for kind in ('R40', 'R11'):
        levels: dict[str, list[float]] = {}
        for name, by_level in scores.items():
            for level, score in by_level.items():
                value = score.r40 if kind == 'R40' else score.r11
                metrics[f'{name}_{level}_{kind}'] = value
                levels.setdefault(level, []).append(value)
        for level, values in levels.items():
            metrics[f'mAP_{level}_{kind}'] = float(np.mean(values))
    metrics['nan_points'] = sum(score.num_nan for by_level in scores.values()
                                for score in by_level.values())
    return metrics


def format_table(scores: dict[str, dict[str, KittiAP]]) -> str:
    """A table of the scores for the log, rounded.

    Args:
        scores: Of :func:`~.kitti_eval.kitti_ap`.

    Returns:
        One line per class and difficulty.
    """
    lines = [f'{"class":<16}{"difficulty":<12}{"R40":>8}{"R11":>8}{"N":>8}']
    lines += [
        f'{name:<16}{level:<12}{score.r40:>8.2f}{score.r11:>8.2f}'
        f'{score.num_valid:>8}' for name, by_level in scores.items()
        for level, score in by_level.items()
    ]
    return '\n'.join(lines)
