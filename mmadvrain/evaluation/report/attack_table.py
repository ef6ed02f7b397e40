from collections.abc import Sequence

from .tables import markdown_table

_LAST = ('adversarial', 'adversarial_float')
_PARTS = ('_s', '_m', '_l', '_low', '_high')


def attack_table(metrics: dict[str, float],
                 shown: Sequence[str] | None = None) -> str:
    """Markdown table of one attack: rows are views, columns are metrics.

    Args:
        metrics: Values as ``view/metric``, as the attack loop returns them.
        shown: Metrics to show. None shows those that are not split by object
            size and are no end of an interval.

    Returns:
        Numbers are rounded here and nowhere before.
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
    lines = [[
        view, *(f'{scores[view][name]:.4f}' if name in scores[view] else ''
                for name in shown)
    ] for view in views if set(shown) & set(scores[view])]
    return markdown_table(['view', *shown], lines)
