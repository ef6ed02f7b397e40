"""Whether training waits for its data, and what the workers hold."""
import copy
import itertools
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import MODELS, DefaultScope
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from .timing import side_by_side, synchronise

_WARM_UP = 2


def loading_cost(config: Config,
                 workers: Sequence[int] = (0, 1, 2),
                 iterations: int = 20,
                 device: str = 'cpu') -> dict[str, Any]:
    """Cost of loading a batch, beside that of a training step.

    First both alone, side by side in one process, so their ratio says how
    many workers keep up. Then as training runs them, with each number of
    workers: how long an iteration waits for its batch.

    Args:
        config: Of a training, with ``model``, ``train_dataloader`` and
            ``optim_wrapper``.
        workers: Numbers of worker processes.
        iterations: Iterations that are timed, after two that are not. Defaults
            to 20.
        device: Where the model is. Defaults to ``'cpu'``.

    Returns:
        ``load_s`` and ``step_s``, medians in seconds; ``keep_up``, their
        ratio; and under ``workers``, by number, means in seconds of ``wait_s``
        and ``step_s``, ``share``, the part of an iteration that is waiting,
        and ``memory`` of the workers and ``bank``, their part of a bank of
        rain, see :func:`process_memory`.

    Raises:
        ValueError: If a number is out of range.
    """
    if iterations < 1 or min(workers, default=0) < 0:
        raise ValueError('wanted a positive number of iterations and no '
                         f'negative number of workers, but got {iterations} '
                         f'and {list(workers)}')
    with DefaultScope.overwrite_default_scope(
            config.get('default_scope', 'mmdet')):
        model = MODELS.build(copy.deepcopy(config.model)).to(device).train()
        optim_wrapper = build_optim_wrapper(
            model, copy.deepcopy(config.optim_wrapper))
        stream = _batches(_loader(config, 0))
        batch = next(stream)

        def step(data: dict = batch) -> None:
            model.train_step(copy.copy(data), optim_wrapper)

        seconds = side_by_side(
            dict(load=lambda: next(stream), step=step), iterations, device)
        found: dict[str, Any] = dict(
            load_s=seconds['load'],
            step_s=seconds['step'],
            keep_up=seconds['load'] / seconds['step'],
            batch_size=len(batch['inputs']),
            workers={})
        for number in workers:
            found['workers'][str(number)] = _train(
                _loader(config, number), step, iterations, device,
                _bank(config))
    return found


def _train(loader: DataLoader, step: Any, iterations: int, device: str,
           bank: Path | None) -> dict[str, Any]:
    """Wait and step as training does."""
    before = {process.pid for process in multiprocessing.active_children()}
    waits: list[float] = []
    steps: list[float] = []
    stream = _batches(loader)
    for _ in range(_WARM_UP + iterations):
        began = time.perf_counter()
        batch = next(stream)
        loaded = time.perf_counter()
        step(batch)
        synchronise(device)
        waits.append(loaded - began)
        steps.append(time.perf_counter() - loaded)
    pids = [
        process.pid for process in multiprocessing.active_children()
        if process.pid is not None and process.pid not in before
    ]
    wait, took = (
        sum(times[_WARM_UP:]) / iterations for times in (waits, steps))
    return dict(
        wait_s=wait,
        step_s=took,
        share=wait / (wait + took),
        memory=process_memory(pids),
        bank=process_memory(pids, bank) if bank else None)


def process_memory(pids: Sequence[int],
                   mapped: Path | None = None) -> dict[str, int] | None:
    """Memory of processes together, as the kernel counts it.

    Args:
        pids: The processes.
        mapped: Count only what is mapped from files in this folder. Defaults
            to None.

    Returns:
        Bytes: ``rss``, all pages that each sees, and ``pss``, in which a page
        that n processes share counts as one n-th for each. None where the
        system does not tell.
    """
    counts = dict(rss=0, pss=0)
    for pid in pids:
        try:
            lines = Path(f'/proc/{pid}/smaps').read_text().splitlines()
        except OSError:
            return None
        counted = False
        for line in lines:
            word, *rest = line.split()
            if not word.endswith(':'):  # head of a mapping, ends in its file
                path = Path(*line.split(maxsplit=5)[5:])
                counted = mapped is None or mapped.absolute() in path.parents
            elif counted and word in ('Rss:', 'Pss:'):
                counts[word[:-1].lower()] += int(rest[0]) * 1024
    return counts


def _bank(config: Config) -> Path | None:
    """Folder of the bank of rain that the pipeline draws from, if any."""
    dataset = config.train_dataloader.dataset
    while 'dataset' in dataset:  # wrapped, to be repeated
        dataset = dataset.dataset
    for one in dataset.get('pipeline', ()):
        path = (one.get('layers') or {}).get('bank')
        if path is not None:
            return Path(path)
    return None


def _loader(config: Config, workers: int) -> DataLoader:
    cfg = copy.deepcopy(config.train_dataloader)
    cfg.update(num_workers=workers, persistent_workers=workers > 0)
    cfg.setdefault('collate_fn', dict(type='pseudo_collate'))
    return Runner.build_dataloader(cfg, seed=0)


def _batches(loader: DataLoader) -> Iterator[dict]:
    return itertools.chain.from_iterable(itertools.repeat(loader))


def loading_table(costs: dict[str, dict[str, Any]]) -> str:
    """Markdown table of what :func:`loading_cost` found.

    Args:
        costs: By name of the training.

    Returns:
        A row a training and number of workers.
    """
    rows = [
        '| training | batch | load [ms] | step [ms] | workers | waiting | '
        'their memory [MB] |',
        '| --- | ---: | ---: | ---: | ---: | ---: | ---: |'
    ]
    for name, cost in costs.items():
        for number, run in cost['workers'].items():
            memory = run['memory']
            held = f'{memory["pss"] / 1e6:.0f}' if memory else ''
            rows.append(f'| {name} | {cost["batch_size"]} | '
                        f'{1e3 * cost["load_s"]:.0f} | '
                        f'{1e3 * cost["step_s"]:.0f} | {number} | '
                        f'{100 * run["share"]:.1f} % | {held} |')
    return '\n'.join(rows)
