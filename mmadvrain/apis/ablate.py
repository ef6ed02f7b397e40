"""Sweep settings of an attack; every cell is a run of its own."""
import copy
import hashlib
import logging
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

from mmengine.logging import print_log

from mmadvrain.evaluation.report.ablation_rows import ablation_rows
from mmadvrain.evaluation.report.ablation_table import write_tables
from mmadvrain.structures.ablation_plan import AblationPlan, Victim
from mmadvrain.utils.files import write_json
from .match_random import match_random
from .run_attack import prepare_config, run_attack
from .score_images import score_images

_PARTS = ('model', 'test_cfg', 'test_dataloader', 'test_evaluator')


def ablate(plan: AblationPlan,
           work_dir: Union[str, Path],
           cfg_options: Optional[Dict[str, Any]] = None,
           jobs: int = 1,
           gpus: Sequence[str] = (),
           trust: bool = False) -> List[Dict[str, Any]]:
    """Run every cell of a plan that is not finished, and report all.

    Cells whose configs come out alike are run once. A plan that was
    interrupted goes on behind the last finished image.

    Args:
        plan (AblationPlan): What is swept.
        work_dir (str | Path): Gets ``cells/`` with a run each,
            ``ablation.{md,csv,json}`` and a plot a sweep.
        cfg_options (dict, optional): Settings of all cells.
        jobs (int): Cells run at once, a process each. Defaults to 1.
        gpus (sequence[str]): Devices that the processes share out, as
            ``CUDA_VISIBLE_DEVICES`` names them. Defaults to what is there.
        trust (bool): See :func:`run_attack`.

    Returns:
        list[dict]: One row a cell, victim and view; see
        :func:`mmadvrain.evaluation.report.ablation_rows.ablation_rows`.

    Raises:
        ValueError: If ``jobs`` is not positive, or two cells have one name.
        RuntimeError: If cells failed, after all others have been run and
            reported.
    """
    if jobs < 1:
        raise ValueError(f'wanted a positive number of jobs, got {jobs}')
    root = Path(work_dir)
    folders: Dict[Tuple[str, str], Path] = {}
    waiting: Dict[Path, Dict[str, Any]] = {}
    for sweep, cell in plan.cells():
        options = copy.deepcopy(dict(cfg_options or {}, **cell.options))
        folder = root / 'cells' / _digest(plan.source, options)
        folders[sweep, cell.label] = folder
        waiting[folder] = options
    failed: Dict[str, str] = {}
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
            write_tables(plan, rows, root)
    if failed:
        raise RuntimeError(f'{len(failed)} of {len(waiting)} cells failed: ' +
                           '; '.join(f'{name}: {text}'
                                     for name, text in failed.items()))
    return rows


def _take(devices: Any) -> None:
    """Give a process of the pool a device of its own."""
    device = devices.get()
    if device is not None:
        os.environ['CUDA_VISIBLE_DEVICES'] = device


def _digest(victim: Victim, options: Dict[str, Any]) -> str:
    """Name of a cell's folder: the same settings, the same folder."""
    config = prepare_config(victim.config, copy.deepcopy(options))
    text = repr([config.get(part) for part in _PARTS] + [victim.checkpoint])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def run_cell(plan: AblationPlan, options: Dict[str, Any], folder: Path,
             trust: bool) -> None:
    """Attack, draw matched random rain, and score it on every victim.

    Args:
        plan (AblationPlan): Names the victims.
        options (dict): Settings of this cell.
        folder (Path): Of this cell.
        trust (bool): See :func:`run_attack`.
    """
    if not (folder / 'results.json').is_file():
        config = prepare_config(plan.source.config, copy.deepcopy(options))
        config.experiment_name = f'ablation_{folder.name}'
        run_attack(
            config, plan.source.checkpoint, work_dir=str(folder), trust=trust)
    views = ['clean', 'random', 'adversarial']
    if plan.measures:
        views += match_random(plan.source.config, folder, plan.measures,
                              copy.deepcopy(options))
    data = {
        key: value
        for key, value in options.items() if key.startswith('test_dataloader')
    }
    source = plan.source if plan.measures else None
    for victim in (source, *plan.transfer):
        if victim is None:
            continue
        score_images(
            victim.config,
            folder,
            victim.checkpoint,
            views=views,
            out_dir=folder if victim is source else folder / 'transfer' /
            victim.name,
            cfg_options=data,
            trust=trust,
            resume=True)
    write_json(folder / 'cell.json', options)
