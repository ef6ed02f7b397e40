import logging
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from multiprocessing.queues import Queue
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.logging import print_log

from mmadvrain.attacks.iterative_attack import IterativeAttack
from mmadvrain.engine.runner.attack_loop import check_random_views
from mmadvrain.evaluation.page import tried, write_study_page
from mmadvrain.evaluation.report import (
    markdown_table,
    matrix,
    plot_sweep,
    study_csv,
    study_latex,
    study_markdown,
)
from mmadvrain.registry import build_part
from mmadvrain.structures.study_row import StudyRow
from mmadvrain.typing import PathLike
from mmadvrain.utils.files import atomic_path, plain, write_json
from mmadvrain.utils.provenance import PROVENANCE_FILE, provenance
from mmadvrain.utils.termination import end_with_parent

from .load_plan import load_plan
from .study_plan import StudyModel, StudyPlan
from .study_rows import study_rows
from .study_scores import CLEAN, VictimScores
from .study_sets import StudySet, planned_sets


def run_study(plan: PathLike | Config,
              work_dir: str | None = None,
              cfg_options: dict | None = None,
              jobs: int = 1,
              gpus: Sequence[str] = (),
              trust: bool = False) -> list[StudyRow]:
    """Attack each source in each way, and score every victim on it all.

    Each set of images is made once, and each victim is scored once on the
    clean images and on each set, through its own test pipeline. What was
    interrupted goes on, what is finished is reused. ``study.md``, ``.csv``,
    ``.tex``, ``.json``, a plot of each sweep and ``report.html`` grow with the
    sets.

    Args:
        plan: See :func:`load_plan`.
        work_dir: Folder of the results. None takes the plan's, or
            ``work_dirs/PLAN_NAME``.
        cfg_options: Entries of the plan to override.
        jobs: Sets made, or scored, at once, a process each. Defaults to 1.
        gpus: Devices that the processes share out, as ``CUDA_VISIBLE_DEVICES``
            names them. Defaults to what is there.
        trust: Unpickle checkpoints that hold more than weights. Defaults to
            False.

    Returns:
        One row for each cell, view, victim and metric.

    Raises:
        FileNotFoundError: If a config or checkpoint is not there.
        ValueError: If the plan does not fit, before any work starts.
        RuntimeError: If parts failed, after all others were done and
            reported.
    """
    if jobs < 1:
        raise ValueError(f'wanted a positive number of jobs, got {jobs}')
    planned = load_plan(plan, cfg_options)
    folder = Path(work_dir or planned.work_dir)
    victims = [VictimScores(v, folder, trust) for v in planned.victims]
    sets = planned_sets(planned, folder)
    _check(planned, victims, sets, trust)
    write_json(folder / PROVENANCE_FILE, provenance(_plan_file(plan), None))
    failed: dict[str, str] = {}
    attacks: list[tuple] = [(_attack, made, trust) for made in sets]
    scores: list[tuple] = [(_score, victim, folder, sets[part::jobs],
                            part == 0, trust) for victim in planned.victims
                           for part in range(jobs)]
    rows: list[StudyRow] = []
    for tasks in (attacks, scores):
        for task, error in _run(tasks, jobs, gpus, planned.files):
            if error is not None:
                failed[_name(task)] = f'{type(error).__name__}: {error}'
                print_log(
                    f'{_name(task)}: {failed[_name(task)]}',
                    logger='current',
                    level=logging.ERROR)
            rows = study_rows(planned, victims, sets, folder)
            _write(folder, planned, rows)
    if rows:
        main = _main_metric(planned, rows)
        text = '\n\n'.join(
            markdown_table(*matrix(rows, sweep, main))
            for sweep in dict.fromkeys(row.sweep for row in rows if row.sweep))
        print_log(
            f'\n{main} in percent\n\n{text}\nTables are in {folder}, all of '
            f'them in {folder / "report.html"}',
            logger='current')
    if failed:
        raise RuntimeError(
            f'{len(failed)} of {len(attacks) + len(scores)} parts failed, the '
            'same command tries them again: ' +
            '; '.join(f'{name}: {text}' for name, text in failed.items()))
    return rows


def _plan_file(plan: PathLike | Config) -> str | None:
    name = plan.filename if isinstance(plan, Config) else plan
    return None if name is None else str(name)


def _check(plan: StudyPlan, victims: Sequence[VictimScores],
           sets: Sequence[StudySet], trust: bool) -> None:
    """Fail now, not after hours: every attack, checkpoint and package."""
    for made in sets:
        try:
            loop = made.config.test_cfg
            attack = build_part(loop.attack, IterativeAttack)
            check_random_views(
                loop.get('random_views') or (), attack.perturbation)
        except Exception as error:
            raise type(error)(f'the attack {made.cells[0].label!r} cannot be '
                              f'built: {error}') from error
    known = {scores.victim.name: scores for scores in victims}
    for model in plan.sources:
        if model.name not in known:
            known[model.name] = VictimScores(model, '.', trust)
    for scores in known.values():
        _ = scores.model
        scores.release()  # one model in memory at a time


def _attack(made: StudySet, trust: bool) -> None:
    made.make(trust)


def _score(victim: StudyModel, folder: Path, sets: Sequence[StudySet],
           clean: bool, trust: bool) -> None:
    """Score one victim on what is finished of some sets."""
    scores = VictimScores(victim, folder, trust)
    for made in sets:
        scores.adopt(made)
    if clean:
        scores.score(None, CLEAN)
    for made in sets:
        for view in made.shown():
            scores.score(made, view)


def _main_metric(plan: StudyPlan, rows: Sequence[StudyRow]) -> str:
    """The plan's first metric that the data are scored by."""
    there = {row.metric for row in rows}
    return next((name for name in plan.metrics if name in there),
                rows[0].metric)


def _name(task: tuple) -> str:
    if isinstance(task[1], StudySet):
        return f'{task[1].source.name}: {task[1].cells[0].label}'
    return f'scores of {task[1].name}'


def _run(tasks: Sequence[tuple], jobs: int, gpus: Sequence[str],
         files: Sequence[str]) -> Iterator[tuple[tuple, BaseException | None]]:
    """Call ``task[0](*task[1:])`` of each task, here or in processes."""
    if jobs == 1 and not gpus:
        for task in tasks:
            yield task, _error_of(*task)
        return
    context = multiprocessing.get_context('spawn')
    devices = context.Queue()
    for number in range(jobs):
        devices.put(gpus[number % len(gpus)] if gpus else None)
    with ProcessPoolExecutor(
            jobs, context, initializer=_begin,
            initargs=(devices, jobs, files)) as pool:
        futures = {pool.submit(task[0], *task[1:]): task for task in tasks}
        for future in as_completed(futures):
            yield futures[future], future.exception()


def _error_of(call: Callable[..., None], *args: object) -> Exception | None:
    try:
        call(*args)
    except Exception as error:
        return error
    return None


def _begin(devices: 'Queue[str | None]', jobs: int,
           files: Sequence[str]) -> None:
    """Share out devices and cores; a process ends with the one above."""
    end_with_parent()
    for file in files:  # for the modules that they import
        Config.fromfile(file)
    device = devices.get()
    if device is not None:
        os.environ['CUDA_VISIBLE_DEVICES'] = device
    torch.set_num_threads(max(1, torch.get_num_threads() // jobs))


def _write(folder: Path, plan: StudyPlan, rows: list[StudyRow]) -> None:
    table = plan.paper.get('table', '')
    write_json(
        folder / 'study.json',
        dict(
            title=plan.headline,
            table=table,
            rows=[plain(asdict(row)) for row in rows]))
    for suffix, text in dict(
            md=study_markdown(rows, plan.headline, table),
            csv=study_csv(rows),
            tex=study_latex(rows, plan.headline, table)).items():
        with atomic_path(folder / f'study.{suffix}') as temporary:
            temporary.write_text(text, encoding='utf-8')
    if not rows:
        return
    main = _main_metric(plan, rows)
    for sweep in dict.fromkeys(row.sweep for row in rows if row.sweep):
        plot_sweep(rows, sweep, main, folder / f'{sweep}.png')
    tried(write_study_page, folder, rows, plan.headline, table)
