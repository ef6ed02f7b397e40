from collections.abc import Sequence

VIEWS = ('clean', 'random', 'adversarial', 'adversarial_float')


def attack_table(metrics: dict[str, float],
                 shown: Sequence[str] | None = None) -> str:
    """Markdown table of one attack: a row a view, a column a metric.

    Args:
        metrics: Values as ``view/metric``, as the attack loop returns them.
        shown: Metrics to show. None shows those that are not split by object
            size.

    Returns:
        Numbers are rounded here and nowhere before.
    """
    names: list[str] = []
    for key in metrics:
        view, name = key.split('/', 1)
        if view in VIEWS and name not in names:
            names.append(name)
    if shown is None:
        shown = [n for n in names if not n.endswith(('_s', '_m', '_l'))]
    rows = [['view', *shown], ['---'] + ['---:'] * len(shown)]
    for view in VIEWS:
        values = [metrics.get(f'{view}/{name}') for name in shown]
        if any(value is not None for value in values):
            rows.append(
                [view, *('' if v is None else f'{v:.4f}' for v in values)])
    return '\n'.join('| ' + ' | '.join(row) + ' |' for row in rows)
