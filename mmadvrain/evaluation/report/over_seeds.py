"""Rows of several seeds as one row."""
from collections.abc import Sequence
from dataclasses import replace
from statistics import mean, stdev

from scipy.stats import t as student

from mmadvrain.structures.study_row import StudyRow


def over_seeds(rows: Sequence[StudyRow]) -> list[StudyRow]:
    """Put means in the place of rows that differ in their seed alone.

    Args:
        rows: Of a study.

    Returns:
        In the order of the first of each. Of several seeds the value is their
        mean, its interval Student's of 95 percent over seeds, the quality
        their mean, flags their sum, and ``seeds`` their number; other rows
        stay as they are.
    """
    groups: dict[tuple, list[StudyRow]] = {}
    for row in rows:
        same = (row.sweep, row.row, row.victim, row.metric)
        groups.setdefault(same, []).append(row)
    return [_pool(group) for group in groups.values()]


def _pool(rows: list[StudyRow]) -> StudyRow:
    values = [row.value for row in rows if row.value is not None]
    if len(rows) == 1 or len(values) < len(rows):
        return rows[0]
    middle, count = mean(values), len(values)
    reach = student.ppf(0.975, count - 1) * stdev(values) / count**0.5
    names = dict.fromkeys(name for row in rows for name in row.flags)
    return replace(
        rows[0],
        value=middle,
        low=middle - reach,
        high=middle + reach,
        seed=None,
        seeds=count,
        flags={
            name: sum(row.flags.get(name, 0) for row in rows)
            for name in names
        },
        quality={
            name: _mean([row.quality.get(name) for row in rows])
            for name in rows[0].quality
        })


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return mean(known) if len(known) == len(values) else None
