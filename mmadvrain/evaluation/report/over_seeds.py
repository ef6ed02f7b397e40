"""Rows of several seeds as one row."""
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from scipy.stats import t as student

from mmadvrain.structures.study_row import StudyRow

from .seed_table import summarise_seeds


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
    found = summarise_seeds([dict(value=value) for value in values])['value']
    means = summarise_seeds([{
        name: value
        for name, value in row.quality.items() if value is not None
    } for row in rows])
    flags: Counter[str] = Counter()
    for row in rows:
        flags.update(row.flags)
    count = found['seeds']
    reach = student.ppf(0.975, count - 1) * found['deviation'] / count**0.5
    return replace(
        rows[0],
        value=found['mean'],
        low=found['mean'] - reach,
        high=found['mean'] + reach,
        seed=None,
        seeds=count,
        flags=dict(flags),
        quality={
            name: means.get(name, {}).get('mean')
            for name in rows[0].quality
        })
