from collections.abc import Mapping, Sequence

from .tables import markdown_table

_LAST = ('adversarial', 'adversarial_float')
_MEASURES = dict(area=3, l2=4, brightness=4, psnr=1)
_PARTS = ('_s', '_m', '_l', '_low', '_high')

Magnitude = Mapping[str, Mapping[str, float | None]]


def attack_table(metrics: dict[str, float],
                 shown: Sequence[str] | None = None,
                 magnitude: Magnitude | None = None) -> str:
    """Markdown table of one attack, see :func:`attack_cells`."""
    return markdown_table(*attack_cells(metrics, shown, magnitude))


def attack_cells(
        metrics: Mapping[str, float],
        shown: Sequence[str] | None = None,
        magnitude: Magnitude | None = None
) -> tuple[list[str], list[list[str]]]:
    """Cells of one attack: rows are views, columns are metrics.

    Args:
        metrics: Values as ``view/metric``, as the attack loop returns them.
        shown: Metrics to show. None shows those that are not split by object
            size and are no end of an interval.
        magnitude: Means of measures of each stored view, of which area, L2,
            brightness and PSNR are columns.

    Returns:
        Header and lines. Numbers are rounded here and nowhere before.
    """
    scores: dict[str, dict[str, float]] = {}
    for key, value in metrics.items():
        view, name = key.split('/', 1)
        if view != 'run':
            scores.setdefault(view, {})[name] = value
    names = list(
        dict.fromkeys(n for values in scores.values() for n in values))
    if shown is None:
        shown = [name for name in names if not name.endswith(_PARTS)]
    views = [view for view in scores if view not in _LAST]
    views += [view for view in _LAST if view in scores]
    measures = [
        name for name in _MEASURES if any(
            name in known for known in (magnitude or {}).values())
    ]
    lines = [[
        view, *(_cell(scores[view].get(name)) for name in shown),
        *(_cell((magnitude or {}).get(view, {}).get(name), digits)
          for name, digits in _MEASURES.items() if name in measures)
    ] for view in views if set(shown) & set(scores[view])]
    return ['view', *shown, *measures], lines


def _cell(value: float | None, digits: int = 4) -> str:
    return '' if value is None else f'{value:.{digits}f}'
