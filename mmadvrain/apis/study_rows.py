"""Rows of a study from what is finished of it."""
from collections.abc import Iterator, Sequence
from pathlib import Path

from mmadvrain.evaluation.report import metric_convention
from mmadvrain.structures.study_row import StudyRow
from mmadvrain.typing import Scores

from .study_plan import Cell, StudyPlan
from .study_scores import CLEAN, VictimScores
from .study_sets import StudySet

_ENDS = ('_low', '_high')


def study_rows(plan: StudyPlan, victims: Sequence[VictimScores],
               sets: Sequence[StudySet], work_dir: Path) -> list[StudyRow]:
    """Every number that a study has so far.

    Args:
        plan: The study.
        victims: Its victims, with their scores.
        sets: Its sets.
        work_dir: Its folder.

    Returns:
        By victim; clean images first, then the cells of the plan in their
        order, random views before the adversarial one.
    """
    for scores in victims:
        for made in sets:
            scores.adopt(made)
    rows: list[StudyRow] = []
    for scores in victims:
        known = scores.known(None, CLEAN)
        if known:
            rows += _numbers(plan, scores, known,
                             dict(sweep='', row=CLEAN, view=CLEAN))
        for made, cell in _cells(plan, sets):
            about = _about(plan, made, cell, work_dir)
            for view in plan.views(made.source, cell):
                known = scores.known(made, view)
                if known:
                    rows += _numbers(
                        plan, scores, known,
                        dict(about, **_seen(plan, made, cell, view)))
    return rows


def _cells(plan: StudyPlan,
           sets: Sequence[StudySet]) -> Iterator[tuple[StudySet, Cell]]:
    """Finished sets in the order of the plan."""
    for source in plan.sources:
        for cell in plan.cells:
            for made in sets:
                if made.source is source and cell in made.cells \
                        and made.digests():
                    yield made, cell


def _about(plan: StudyPlan, made: StudySet, cell: Cell,
           work_dir: Path) -> dict:
    """What is the same for all views of a set."""
    results = made.results()
    flags = {k: len(v) for k, v in results.flags.items()} if results else {}
    if results and results.failed:
        flags['failed'] = len(results.failed)
    several = len(plan.sources) > 1
    lines = [made.source.name] * several + [cell.line] * bool(cell.line)
    return dict(
        sweep=cell.sweep,
        label=cell.label,
        x=cell.x,
        line=', '.join(lines),
        source=made.source.name,
        source_config=made.source.path,
        attack_config=cell.path or made.source.path,
        seed=made.config.test_cfg.attack.get('seed', 0),
        folder=made.root.relative_to(work_dir).as_posix(),
        flags=flags)


def _seen(plan: StudyPlan, made: StudySet, cell: Cell, view: str) -> dict:
    """What is a view's own."""
    name = cell.label if view == 'adversarial' else f'{view} ({cell.label})'
    results = made.results()
    quality = dict(results.magnitude.get(view, {})) if results else {}
    if results:
        quality['seconds_per_image'] = results.seconds_per_image
    several = len(plan.sources) > 1
    return dict(
        view=view,
        row=f'{made.source.name}: {name}' if several else name,
        quality=quality)


def _numbers(plan: StudyPlan, scores: VictimScores, metrics: Scores,
             about: dict) -> Iterator[StudyRow]:
    """A row for each metric."""
    victim = scores.victim
    shown = [name for name in plan.metrics if name in metrics]
    shown = shown or [n for n in metrics if not n.endswith(_ENDS)]
    for metric in shown:
        convention, scale = metric_convention(metric)
        yield StudyRow(
            victim=victim.name,
            victim_config=victim.path,
            checkpoint=victim.checkpoint,
            sha256=scores.weights,
            images=len(scores),
            metric=metric,
            convention=plan.conventions.get(metric, convention),
            scale=scale,
            value=metrics[metric],
            low=metrics.get(f'{metric}_low'),
            high=metrics.get(f'{metric}_high'),
            paper=_published(plan, about, victim.name, metric),
            **about)


def _published(plan: StudyPlan, about: dict, victim: str,
               metric: str) -> float | None:
    if metric != plan.paper.get('metric'):
        return None
    values = plan.paper.get('values', {})
    if about['sweep']:
        values = values.get(about['sweep'], {})
    number: float | None = values.get(about['row'], {}).get(victim)
    return number
