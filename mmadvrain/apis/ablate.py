"""Sweep settings of an attack; every cell is a run of its own."""
import copy
import hashlib
import logging
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.logging import print_log

from mmadvrain.evaluation.report import ablation_rows
from mmadvrain.evaluation.report.ablation_table import write_tables
from mmadvrain.structures.ablation_plan import AblationPlan, Victim
from mmadvrain.typing import PathLike
from mmadvrain.utils.files import write_json
from mmadvrain.utils.termination import end_with_parent
from mmadvrain.victims.build import build_victim_model

from .attack import prepare_config, run_attack
from .match_random import match_random
from .score_images import score_images

_DRAWS = 2000
_PARTS = ('model', 'test_cfg', 'test_dataloader', 'test_evaluator')


def ablate(plan: AblationPlan,
           work_dir: PathLike,
           cfg_options: dict | None = None,
           jobs: int = 1,
           gpus: Sequence[str] = (),
           trust: bool = False) -> list[dict]:
    """Run every cell of a plan that is not finished, and report all.

    Cells whose configs come out alike are run once. A plan that was
    interrupted goes on behind the last finished image.

    Args:
        plan: What is swept.
        work_dir: Gets ``cells/`` with a run each, ``ablation.{md,csv,json}``
            and a plot a sweep.
        cfg_options: Settings of all cells.
        jobs: Cells run at once, a process each. Defaults to 1.
        gpus: Devices that the processes share out, as ``CUDA_VISIBLE_DEVICES``
            names them. Defaults to what is there.
        trust: See :func:`run_attack`.

    Returns:
        One row a cell, victim and view; see
        :func:`mmadvrain.evaluation.report.ablation_rows.ablation_rows`.

    Raises:
        ValueError: If ``jobs`` is not positive, or a victim has no weights.
        ImportError: If a victim wants a package that is not there.
        RuntimeError: If cells failed, after all others have been run and
            reported.
    """
    if jobs < 1:
        raise ValueError(f'wanted a positive number of jobs, got {jobs}')
    everywhere = dict(cfg_options or {})
    for victim in (plan.source, *plan.transfer):
        # fails now, not after the first attack
        config = prepare_config(victim.config,
                                everywhere if victim is plan.source else None)
        build_victim_model(config, victim.checkpoint, trust, 'cpu')
    root = Path(work_dir)
    folders: dict[tuple[str, str], Path] = {}
    waiting: dict[Path, dict] = {}
    for sweep, cell in plan.cells():
        options = copy.deepcopy(dict(everywhere, **cell.options))
        folder = root / 'cells' / _digest(plan.source, options)
        folders[sweep, cell.label] = folder
        waiting[folder] = options
    failed: dict[str, str] = {}
    context = multiprocessing.get_context('spawn')
    devices = context.Queue()
    for number in range(jobs):
        devices.put(gpus[number % len(gpus)] if gpus else None)
    with ProcessPoolExecutor(
            jobs, context, initializer=_take, initargs=(devices, )) as pool:
        futures = {
            pool.submit(run_cell, plan, options, folder, trust): folder
            for folder, options in waiting.items()
        }
        for future in as_completed(futures):
            folder = futures[future]
            error = future.exception()
            if error is not None:
                failed[folder.name] = f'{type(error).__name__}: {error}'
            print_log(
                f'cell {folder.name}: {failed.get(folder.name, "done")}',
                logger='current',
                level=logging.ERROR if error else logging.INFO)
            # tables grow with the cells: whoever waits can read them
            rows = ablation_rows(plan, folders)
            write_tables(rows, root)
    if failed:
        raise RuntimeError(f'{len(failed)} of {len(waiting)} cells failed: ' +
                           '; '.join(f'{name}: {text}'
                                     for name, text in failed.items()))
    return rows


def _take(devices: Any) -> None:
    """Give a process of the pool a device, and let it end with the pool."""
    end_with_parent()
    device = devices.get()
    if device is not None:
        os.environ['CUDA_VISIBLE_DEVICES'] = device


def _digest(victim: Victim, options: dict) -> str:
    """Name of a cell's folder: the same settings, the same folder."""
    config = _prepare(victim, options)
    text = repr([config.get(part) for part in _PARTS] + [victim.checkpoint])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _prepare(victim: Victim, options: dict) -> Config:
    """Config of a victim, whose COCO metrics give intervals."""
    config = prepare_config(victim.config, copy.deepcopy(options))
    metrics = config.test_evaluator
    for metric in [metrics] if isinstance(metrics, dict) else metrics:
        kind = metric['type'].rpartition('.')[2]
        if kind in ('CocoMetric', 'FastCocoMetric') \
                and metric.get('metric', 'bbox') in ('bbox', ['bbox']) \
                and not metric.get('format_only'):
            metric['type'] = 'mmadvrain.FastCocoMetric'
            metric.setdefault('bootstrap', _DRAWS)
    return config


def run_cell(plan: AblationPlan, options: dict, folder: Path,
             trust: bool) -> None:
    """Attack, draw matched random rain, and score it on every victim.

    Args:
        plan: Names the victims.
        options: Settings of this cell.
        folder: Of this cell.
        trust: See :func:`run_attack`.
    """
    if not (folder / 'results.json').is_file():
        config = _prepare(plan.source, options)
        config.experiment_name = f'ablation_{folder.name}'
        run_attack(
            config, plan.source.checkpoint, work_dir=str(folder), trust=trust)
    matched = match_random(plan.source.config, folder, plan.measures,
                           copy.deepcopy(options))
    data = {
        key: value
        for key, value in options.items()
        if key.startswith(('test_dataloader', 'test_evaluator'))
    }
    views = ['clean', 'random', 'adversarial', *matched]
    # the attack has scored its own victim on all but the matched views
    todo = [(plan.source, matched, folder)]
    todo += [(victim, views, folder / 'transfer' / victim.name)
             for victim in plan.transfer]
    for victim, wanted, out in todo:
        score_images(
            _prepare(victim, data),
            folder,
            victim.checkpoint,
            views=wanted,
            out_dir=out,
            trust=trust,
            resume=True)
    write_json(folder / 'cell.json', options)
