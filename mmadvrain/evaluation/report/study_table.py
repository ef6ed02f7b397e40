"""Tables of a study: rows in, text out; numbers are rounded here."""
import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from mmadvrain.structures.study_row import StudyRow

from .over_seeds import over_seeds
from .tables import latex_table, markdown_table

_QUALITY = dict(
    psnr='PSNR [dB]',
    ssim='SSIM',
    lpips='LPIPS',
    area='rain area',
    l2='L2',
    brightness='brightness',
    chroma='chroma',
    seconds_per_image='s/image')


def matrix(rows: Sequence[StudyRow], sweep: str,
           metric: str) -> tuple[list[str], list[list[str]]]:
    """Cells of the table of one sweep and metric, in the paper's form.

    Args:
        rows: Of a study.
        sweep: Which one.
        metric: Which one.

    Returns:
        Header and lines: first the clean images, then each cell in the order
        of its number where all have one; a column for each victim. Cells are
        in percent, intervals in square brackets, published numbers in round
        ones.
    """
    rows = over_seeds(
        [row for row in _of(rows, sweep) if row.metric == metric])
    if all(row.x is not None for row in rows if row.sweep):
        rows.sort(key=lambda row: -float('inf')
                  if not row.sweep or row.x is None else row.x)
    victims = _unique(row.victim for row in rows)
    cells = {(row.row, row.victim): row for row in rows}
    return ['', *victims], [[
        name, *(_cell(cells.get((name, victim))) for victim in victims)
    ] for name in _unique(row.row for row in rows)]


def study_rules(rows: Sequence[StudyRow], table: str = '') -> str:
    """What the brackets of the cells are, in a sentence without its end.

    Args:
        rows: Of a study.
        table: Where the numbers in round brackets are published. Defaults to
            ''.
    """
    text = 'Percent; in square brackets 95 percent '
    seeds = max((row.seeds for row in over_seeds(rows)), default=1)
    text += ('bootstrap intervals over images' if seeds == 1 else
             f"Student's intervals over {seeds} seeds, bootstrap intervals "
             'over images of what is drawn once')
    if any(row.paper is not None for row in rows):
        text += f'; in round ones {table or "published numbers"}'
    return text


def study_markdown(rows: Sequence[StudyRow],
                   title: str,
                   table: str = '') -> str:
    """The whole study: tables, quality of the sets, and all rows.

    Args:
        rows: Of the study.
        title: Headline.
        table: Where the numbers in round brackets are published. Defaults to
            ''.
    """
    parts = [f'# {title}', f'{study_rules(rows, table)}.']
    for sweep in _sweeps(rows):
        parts.append(f'## {sweep}')
        for metric in _unique(row.metric for row in rows):
            name = _convention(rows, metric)
            parts += [name, markdown_table(*matrix(rows, sweep, metric))]
    if any(row.quality for row in rows):
        parts += [
            '## Quality of the sets',
            markdown_table(*study_quality(rows))
        ]
    header = ('set', 'victim', 'metric', 'value', 'paper', 'images', 'seed',
              'config', 'checkpoint', 'SHA-256', 'folder', 'flags')
    lines = [[
        f'{row.sweep} {row.row}'.strip(), row.victim, row.metric,
        _number(row.value),
        _number(row.paper),
        str(row.images), '' if row.seed is None else str(row.seed),
        row.victim_config,
        str(row.checkpoint), row.sha256[:12], row.folder,
        _flags(row)
    ] for row in rows]
    parts += ['## Rows', markdown_table(header, lines, left=len(header))]
    return '\n\n'.join(parts) + '\n'


def study_csv(rows: Sequence[StudyRow]) -> str:
    """All rows, unrounded, with a column for each measure of quality.

    Args:
        rows: Of the study.

    Returns:
        CSV with a header.
    """
    flat = []
    for row in rows:
        values = dict(asdict(row), flags=_flags(row))
        quality = values.pop('quality')
        flat.append(dict(values, **quality))
    text = io.StringIO()
    names = _unique(name for row in flat for name in row)
    writer = csv.DictWriter(text, names, lineterminator='\n')
    writer.writeheader()
    writer.writerows(flat)
    return text.getvalue()


def study_latex(rows: Sequence[StudyRow], title: str, table: str = '') -> str:
    """A ``tabular`` for each sweep and metric, and what its rows are of.

    Args:
        rows: Of the study.
        title: Headline.
        table: Where the numbers in round brackets are published. Defaults to
            ''.

    Returns:
        LaTeX that needs no package.
    """
    parts = [f'% {title}', f'% {study_rules(rows, table)}.']
    for sweep in _sweeps(rows):
        same = _of(rows, sweep)
        parts += [
            f'% {row.victim}: {row.victim_config}, SHA-256 {row.sha256}, '
            f'{row.images} images' for row in {
                row.victim: row
                for row in same
            }.values()
        ]
        parts += [
            f'% {row.row}: seed {row.seed}, {row.attack_config} on '
            f'{row.source_config}, flags: {_flags(row) or "none"}'
            for row in _sets(same)
        ]
        for metric in _unique(row.metric for row in same):
            parts += [
                f'% {sweep}, {metric}: {_convention(same, metric)}',
                latex_table(*matrix(rows, sweep, metric))
            ]
    return '\n'.join(parts) + '\n'


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _sweeps(rows: Sequence[StudyRow]) -> list[str]:
    """Names of the sweeps; clean images alone are one of no name."""
    return _unique(row.sweep for row in rows if row.sweep) or ['']


def _of(rows: Sequence[StudyRow], sweep: str) -> list[StudyRow]:
    return [row for row in rows if row.sweep in ('', sweep)]


def _convention(rows: Sequence[StudyRow], metric: str) -> str:
    return next(row.convention for row in rows if row.metric == metric)


def _cell(row: StudyRow | None) -> str:
    if row is None or row.value is None:
        return '-'
    text = f'{row.scale * row.value:.1f}'
    if row.low is not None and row.high is not None:
        text += f' [{row.scale * row.low:.1f}, {row.scale * row.high:.1f}]'
    return text if row.paper is None else f'{text} ({row.paper:.1f})'


def _sets(rows: Sequence[StudyRow]) -> list[StudyRow]:
    """One row of each set that has measures of quality."""
    sets: dict[tuple[str, str], StudyRow] = {}
    for row in over_seeds(rows):
        if row.quality:
            sets.setdefault((row.sweep, row.row), row)
    return list(sets.values())


def study_quality(
        rows: Sequence[StudyRow]) -> tuple[list[str], list[list[str]]]:
    """Cells of the table of how much the images of each set were changed.

    Args:
        rows: Of a study.

    Returns:
        Header and lines, none where nothing is known.
    """
    sets = _sets(rows)
    measured = _unique(key for row in sets for key in row.quality)
    known = [key for key in _QUALITY if key in measured]
    known += [key for key in measured if key not in _QUALITY]
    header = ['set', *(_QUALITY.get(key, key) for key in known), 'flags']
    return header, [[
        f'{row.sweep}: {row.row}', *(_number(row.quality.get(key))
                                     for key in known),
        _flags(row)
    ] for row in sets]


def _flags(row: StudyRow) -> str:
    return ', '.join(f'{name} {count}' for name, count in row.flags.items())


def _number(value: float | None) -> str:
    return '' if value is None else f'{value:.4g}'
