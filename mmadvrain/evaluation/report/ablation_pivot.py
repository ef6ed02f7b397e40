from collections.abc import Sequence

_ORDER = ('random', 'random_l2', 'random_brightness', 'adversarial')


def pivot_table(rows: Sequence[dict], sweep: str, metric: str) -> str:
    """Markdown table of one sweep and metric in the form of the paper.

    Source: Tables 1 to 3 of the paper, which have attacks as rows and
    victims as columns.

    Args:
        rows: See :func:`ablation_rows`.
        sweep: Which one.
        metric: Name of a metric of the rows.

    Returns:
        In percent. Clean images first, once; then each cell, in the order of
        its number where it has one, with the views from stored images, random
        ones before the adversarial one. The first victim is the white box,
        others are transferred to.
    """
    mine = [row for row in rows if row['sweep'] == sweep]
    if all(row['x'] is not None for row in mine):
        mine.sort(key=lambda row: row['x'])
    victims = list(dict.fromkeys(row['victim'] for row in mine))
    found = {
        (row['label'], row['view'], row['victim']): row.get(metric)
        for row in mine
    }
    labels = list(dict.fromkeys(row['label'] for row in mine))
    keys = [(labels[0], 'clean')] + [(label, view) for label in labels
                                     for view in _ORDER]
    lines: list[list[str]] = [[
        'attack', 'view', f'{victims[0]} (white box)', *victims[1:]
    ], ['---'] * 2 + ['---:'] * len(victims)]
    for label, view in keys:
        values = [found.get((label, view, victim)) for victim in victims]
        if any(value is not None for value in values):
            lines.append(['' if view == 'clean' else label, view] + [
                '' if value is None else f'{100 * value:.1f}'
                for value in values
            ])
    return '\n'.join('| ' + ' | '.join(line) + ' |' for line in lines)
