"""Scores of several seeds as one table."""
from collections.abc import Mapping, Sequence
from statistics import mean, stdev

from .tables import markdown_table

Scores = Mapping[str, float]


def summarise_seeds(runs: Sequence[Scores]) -> dict[str, dict]:
    """Mean and deviation over seeds.

    Args:
        runs: Scores of each seed.

    Returns:
        For each score that all seeds have, ``mean``, ``deviation`` (of a
        sample, n - 1; None with one seed) and ``seeds``, their number.
    """
    if not runs:
        return {}
    keys = [key for key in runs[0] if all(key in run for run in runs)]
    summary = {}
    for key in keys:
        values = [float(run[key]) for run in runs]
        summary[key] = dict(
            mean=mean(values),
            deviation=stdev(values) if len(values) > 1 else None,
            seeds=len(values))
    return summary


def seed_table(arms: Mapping[str, Mapping[str, dict]],
               shown: Sequence[str] | None = None) -> str:
    """Markdown table: a row an arm, a column a score.

    Args:
        arms: What :func:`summarise_seeds` returned for each arm.
        shown: Scores to show. None shows all.

    Returns:
        Mean ± deviation; numbers are rounded here and nowhere before.
    """
    keys: list[str] = list(shown or ())
    if shown is None:
        for summary in arms.values():
            keys += [key for key in summary if key not in keys]
    rows = []
    for name, summary in arms.items():
        seeds = max((entry['seeds'] for entry in summary.values()), default=0)
        rows.append([
            name,
            str(seeds), *(_cell(key, summary.get(key)) for key in keys)
        ])
    return markdown_table(['', 'seeds', *keys], rows)


def _cell(key: str, entry: dict | None) -> str:
    """Round one score, SSIM to four digits and others to two."""
    if entry is None:
        return ''
    digits = 4 if 'ssim' in key else 2
    text = f'{entry["mean"]:.{digits}f}'
    if entry['deviation'] is None:
        return text
    return f'{text} ± {entry["deviation"]:.{digits}f}'
