"""Tables of a transfer run: rows in, text out; numbers are rounded here."""
import csv
import io
from collections.abc import Sequence

_QUALITY = dict(
    psnr='PSNR [dB]',
    ssim='SSIM',
    lpips='LPIPS',
    area='rain area',
    brightness='brightness',
    chroma='chroma',
    seconds_per_image='s/image')
_LATEX = {
    '\\': r'\textbackslash{}',
    **{
        c: f'\\{c}'
        for c in '&%$#_{}'
    }, '~': r'\textasciitilde{}',
    '^': r'\textasciicircum{}',
    '>': '$>$',
    '<': '$<$'
}


def _unique(values: Sequence) -> list:
    return list(dict.fromkeys(values))


def _cells(rows: Sequence[dict], metric: str) -> list[list[str]]:
    """Header and lines: a line a set, a column a victim."""
    rows = [row for row in rows if row['metric'] == metric]
    victims = _unique([row['victim'] for row in rows])
    lines = [['', *victims]]
    for name in _unique([row['row'] for row in rows]):
        by_victim = {r['victim']: r for r in rows if r['row'] == name}
        lines.append([name, *(_cell(by_victim.get(v)) for v in victims)])
    return lines


def _cell(row: dict | None) -> str:
    """Ours in percent, the paper's in brackets beside it."""
    if row is None or row['percent'] is None:
        return '-'
    text = f'{row["percent"]:.1f}'
    return text if row['paper'] is None else f'{text} ({row["paper"]:.1f})'


def _markdown(lines: Sequence[Sequence[str]], left: int = 1) -> str:
    width = len(lines[0])
    rule = ['---'] * left + ['---:'] * (width - left)
    return '\n'.join('| ' + ' | '.join(line) + ' |'
                     for line in [lines[0], rule, *lines[1:]])


def _sets(rows: Sequence[dict]) -> list[dict]:
    """One row of each set that has measures of quality."""
    found = {row['row']: row for row in reversed(rows) if row['quality']}
    return [
        found[name] for name in _unique([r['row'] for r in rows])
        if name in found
    ]


def _flags(row: dict) -> str:
    return ', '.join(f'{k} {v}' for k, v in row['flags'].items())


def _number(value: float | None) -> str:
    return '' if value is None else f'{value:.4g}'


def _quality(rows: Sequence[dict]) -> list[list[str]]:
    sets = _sets(rows)
    measured = _unique([k for row in sets for k in row['quality']])
    known = [k for k in _QUALITY if k in measured]
    known += [k for k in measured if k not in _QUALITY]
    return [['set', *(_QUALITY.get(k, k) for k in known), 'flags']] + [[
        row['row'], *(_number(row['quality'].get(k)) for k in known),
        _flags(row)
    ] for row in sets]


def transfer_matrix(rows: Sequence[dict], metric: str) -> str:
    """Markdown table of one metric: a row a set, a column a victim.

    Args:
        rows: Of :func:`~mmadvrain.apis.run_transfer.run_transfer`.
        metric: The metric.

    Returns:
        In percent, published numbers in brackets.
    """
    return _markdown(_cells(rows, metric))


def transfer_markdown(rows: Sequence[dict],
                      title: str,
                      table: str = '') -> str:
    """The whole run: a table a metric, quality of the sets, and all rows.

    Args:
        rows: Of :func:`~mmadvrain.apis.run_transfer.run_transfer`.
        title: Headline.
        table: Where the numbers in brackets are published. Defaults to ''.

    Returns:
        Markdown.
    """
    parts = [f'# {title}']
    for metric in _unique([row['metric'] for row in rows]):
        same = [row for row in rows if row['metric'] == metric]
        parts += [f'## `{metric}`', f'{same[0]["convention"]}; in percent.']
        if any(row['paper'] is not None for row in same):
            parts[-1] += f' In brackets: the paper{", " * bool(table)}{table}.'
        parts.append(transfer_matrix(rows, metric))
    if _sets(rows):
        parts += ['## Quality of the sets', _markdown(_quality(rows))]
    lines = [[
        'set', 'victim', 'metric', 'value', 'paper', 'images', 'seed',
        'config', 'checkpoint', 'SHA-256', 'convention', 'flags'
    ]]
    lines += [[
        row['row'], row['victim'], row['metric'],
        _number(row['value']),
        _number(row['paper']),
        str(row['images']), '' if row['seed'] is None else str(row['seed']),
        row['config'],
        str(row['checkpoint']), row['sha256'][:12], row['convention'],
        _flags(row)
    ] for row in rows]
    parts += ['## Rows', _markdown(lines, left=len(lines[0]))]
    return '\n\n'.join(parts) + '\n'


def transfer_csv(rows: Sequence[dict]) -> str:
    """All rows, unrounded, with a column for each measure of quality.

    Args:
        rows: Of :func:`~mmadvrain.apis.run_transfer.run_transfer`.

    Returns:
        CSV with a header.
    """
    flat = [
        dict({
            k: v
            for k, v in row.items() if k != 'quality'
        },
             flags=_flags(row),
             **row['quality']) for row in rows
    ]
    text = io.StringIO()
    names = _unique([name for row in flat for name in row])
    writer = csv.DictWriter(text, names, lineterminator='\n')
    writer.writeheader()
    writer.writerows(flat)
    return text.getvalue()


def _escape(text: str) -> str:
    return ''.join(_LATEX.get(c, c) for c in text)


def transfer_latex(rows: Sequence[dict], title: str, table: str = '') -> str:
    """A ``tabular`` for each metric, and what its rows were made of.

    Args:
        rows: Of :func:`~mmadvrain.apis.run_transfer.run_transfer`.
        title: Headline.
        table: Where the numbers in brackets are published. Defaults to ''.

    Returns:
        LaTeX that needs no package.
    """
    parts = [f'% {title}']
    for metric in _unique([row['metric'] for row in rows]):
        same = [row for row in rows if row['metric'] == metric]
        lines = _cells(rows, metric)
        paper = any(row['paper'] is not None for row in same)
        parts.append(f'% {metric}: {same[0]["convention"]}; in percent' + (
            f'; in brackets: {table or "published"}' if paper else ''))
        parts += [
            f'% {v}: {r["config"]}, SHA-256 {r["sha256"]}, {r["images"]} '
            'images' for v, r in {
                r['victim']: r
                for r in same
            }.items()
        ]
        parts += [
            f'% {r["row"]}: seed {r["seed"]}, {r["attack_config"]} on '
            f'{r["source_config"]}, flags: {_flags(r) or "none"}'
            for r in _sets(same)
        ]
        parts += [
            r'\begin{tabular}{l' + 'r' * (len(lines[0]) - 1) + '}', r'\hline'
        ]
        body = [' & '.join(map(_escape, line)) + r' \\' for line in lines]
        parts += [body[0], r'\hline', *body[1:], r'\hline', r'\end{tabular}']
    return '\n'.join(parts) + '\n'
