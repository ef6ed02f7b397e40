from typing import Dict, List, Optional, Sequence

VIEWS = ('clean', 'random', 'adversarial', 'adversarial_float')


def attack_table(metrics: Dict[str, float],
                 shown: Optional[Sequence[str]] = None) -> str:
    """Markdown table of one attack: a row a view, a column a metric.

    Args:
        metrics (dict[str, float]): Values as ``view/metric``, as the attack
            loop returns them.
        shown (sequence[str], optional): Metrics to show. None shows those
            that are not split by object size.

    Returns:
        str: Numbers are rounded here and nowhere before.
    """
    names: List[str] = []
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
