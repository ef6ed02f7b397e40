from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.logging import print_log

from mmadvrain.evaluation.report import metric_convention
from mmadvrain.evaluation.report.transfer_table import (
    transfer_csv,
    transfer_latex,
    transfer_markdown,
    transfer_matrix,
)
from mmadvrain.typing import PathLike
from mmadvrain.utils.files import atomic_path, write_json

from .transfer_plan import TransferPlan, load_plan
from .transfer_scores import CLEAN, TransferScores
from .transfer_sets import StoredSet, make_set


def run_transfer(plan: PathLike | Config,
                 work_dir: str | None = None,
                 cfg_options: dict | None = None,
                 overwrite: bool = False,
                 trust: bool = False) -> list[dict]:
    """Attack each source with each attack, and score every victim on it all.

    Each set is made once, in ``WORK_DIR/SOURCE/ATTACK``, and each victim is
    scored once on the clean images and once on each set, through its own
    test pipeline. What was interrupted goes on, what is finished is reused.
    The table is written as ``transfer.md``, ``.csv``, ``.tex`` and ``.json``.

    Args:
        plan: See :func:`load_plan`.
        work_dir: Folder of the results. None takes the plan's, or
            ``work_dirs/PLAN_NAME``.
        cfg_options: Settings of the plan to override.
        overwrite: Replace sets that were made with other settings. Defaults to
            False.
        trust: Unpickle checkpoints that hold more than weights. Defaults to
            False.

    Returns:
        One row for each set, victim and metric.

    Raises:
        FileNotFoundError: If a config or checkpoint is not there.
        ValueError: If the plan does not fit, before any work starts.
    """
    planned = load_plan(plan, cfg_options)
    folder = Path(work_dir or planned.work_dir)
    # fails now, not after the sets are made
    scores = [TransferScores(v, folder, trust) for v in planned.victims]
    sets = [
        make_set(source, attack, folder, overwrite, trust)
        for source in planned.sources for attack in planned.attacks
    ]
    rows: list[dict] = []
    for scored in scores:
        for made in sets:
            scored.adopt(made)
        rows += _rows(planned, scored, None, CLEAN, scored.clean())
        for made in sets:
            for view in made.attack.views:
                rows += _rows(planned, scored, made, view,
                              scored.stored(made, view))
        scored.scorer.release()  # one model in memory at a time
    _write(folder, planned, rows)
    main = planned.metrics[0] if planned.metrics else rows[0]['metric']
    print_log(
        f'\n{transfer_matrix(rows, main)}\nTables are in {folder}',
        logger='current')
    return rows


def _rows(plan: TransferPlan, scored: TransferScores, made: StoredSet | None,
          view: str, metrics: dict[str, float]) -> list[dict]:
    """All metrics of one victim on one set."""
    victim = scored.victim
    name = _row_name(plan, made, view)
    row: dict = dict(
        row=name,
        view=view,
        source=made.source.name if made else '',
        source_config=made.source.path if made else '',
        attack=made.attack.name if made else '',
        attack_config=made.attack.path if made else '',
        seed=made.attack.seed if made else None,
        victim=victim.name,
        config=victim.path,
        checkpoint=victim.checkpoint,
        sha256=scored.weights,
        images=len(scored),
        flags=_flags(made))
    quality = made.results.magnitude[view] if made else {}
    seconds = made.results.seconds_per_image if made else None
    shown = [m for m in plan.metrics if m in metrics] or list(metrics)
    found = []
    for metric in shown:
        convention, scale = metric_convention(metric)
        value = metrics[metric]
        found.append(
            dict(
                row,
                metric=metric,
                convention=plan.conventions.get(metric, convention),
                value=value,
                percent=None if value is None else value * scale,
                paper=_published(plan, name, victim.name, metric),
                quality=dict(quality, seconds_per_image=seconds)
                if made else {}))
    return found


def _row_name(plan: TransferPlan, made: StoredSet | None, view: str) -> str:
    if made is None:
        return CLEAN
    name = made.attack.name
    if view != 'adversarial':
        name = f'{view} ({name})'
    return f'{made.source.name}: {name}' if len(plan.sources) > 1 else name


def _flags(made: StoredSet | None) -> dict[str, int]:
    """How many images raised each flag, and how many could not be read."""
    if made is None:
        return {}
    flags = {k: len(v) for k, v in made.results.flags.items()}
    if made.results.failed:
        flags['failed'] = len(made.results.failed)
    return flags


def _published(plan: TransferPlan, row: str, victim: str,
               metric: str) -> float | None:
    if metric != plan.paper.get('metric'):
        return None
    return plan.paper.get('values', {}).get(row, {}).get(victim)


def _write(folder: Path, plan: TransferPlan, rows: list[dict[str,
                                                             Any]]) -> None:
    write_json(folder / 'transfer.json', dict(title=plan.title, rows=rows))
    table = plan.paper.get('table', '')
    for suffix, text in dict(
            md=transfer_markdown(rows, plan.title, table),
            csv=transfer_csv(rows),
            tex=transfer_latex(rows, plan.title, table)).items():
        with atomic_path(folder / f'transfer.{suffix}') as temporary:
            temporary.write_text(text, encoding='utf-8')
