"""The page of a study."""
import base64
from collections.abc import Sequence
from pathlib import Path

import mmadvrain
from mmadvrain.evaluation.report import matrix, study_quality, study_rules
from mmadvrain.structures.study_row import StudyRow
from mmadvrain.typing import PathLike
from mmadvrain.utils.provenance import PROVENANCE_FILE

from .environment import environment
from .run_folder import read_json
from .run_page import write_text


def write_study_page(work_dir: PathLike,
                     rows: Sequence[StudyRow],
                     title: str,
                     table: str = '') -> Path:
    """Write ``report.html`` of a study; its tables are beside it already.

    Args:
        work_dir: Folder of the study, with a plot of each sweep.
        rows: What is finished of it.
        title: Headline.
        table: Where the numbers in round brackets are published. Defaults to
            ''.

    Returns:
        The page, which needs no other file.
    """
    folder = Path(work_dir)
    sweeps = list(dict.fromkeys(row.sweep for row in rows if row.sweep))
    sets = {row.folder: row for row in rows if row.folder}
    how = read_json(folder / PROVENANCE_FILE) or {}
    context = dict(
        title=title,
        version=mmadvrain.__version__,
        rules=study_rules(rows, table),
        sweeps=[
            dict(
                name=sweep or 'clean images',
                plot=_plot(folder / f'{sweep}.png'),
                tables=_tables(rows, sweep)) for sweep in sweeps or ['']
        ],
        quality=study_quality(rows),
        victims=list({row.victim: row
                      for row in rows}.values()),
        sets=[(row, (folder / where / 'report.html').is_file())
              for where, row in sets.items()],
        how=how,
        sums={},
        config=_text(how.get('config')))
    page = folder / 'report.html'
    write_text(page,
               environment().get_template('study.html.j2').render(context))
    return page


def _tables(rows: Sequence[StudyRow], sweep: str) -> list[dict]:
    conventions = {
        row.metric: row.convention
        for row in rows if row.sweep in ('', sweep)
    }
    found = []
    for metric, words in conventions.items():
        header, lines = matrix(rows, sweep, metric)
        caption = metric if words == metric else f'{metric}: {words}'
        found.append(dict(caption=caption, header=header, lines=lines))
    return found


def _plot(path: Path) -> str:
    if not path.is_file():
        return ''
    return base64.b64encode(path.read_bytes()).decode()


def _text(config: str | None) -> str:
    """The plan as it is now; empty where it is not there any more."""
    if not config or not Path(config).is_file():
        return ''
    return Path(config).read_text(encoding='utf-8', errors='replace')
