"""Train the same network in several ways, with several seeds."""
import hashlib
import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.runner import Runner, find_latest_checkpoint

from mmadvrain.evaluation.report.seed_table import (
    seed_table,
    summarise_seeds,
)
from mmadvrain.utils.checkpoint import allow_openmmlab_globals
from mmadvrain.utils.files import atomic_path, write_json


def train_and_score(config: Config, seed: int,
                    work_dir: str | Path) -> dict[str, float]:
    """Train once and score on every test set.

    Args:
        config: Of a training, with ``test_sets``, configs of data sets by
            name, in place of the data set of ``test_dataloader``.
        seed: Seed of the training.
        work_dir: Where logs and the checkpoint go.

    Returns:
        Scores as ``TEST_SET/METRIC``, not rounded.

    Raises:
        ValueError: If the config has no ``test_sets``.
    """
    tests = config.get('test_sets')
    if not tests:
        raise ValueError('a config to compare needs test_sets, configs of '
                         f'data sets by name, but got {tests!r}')
    parts = {'training': deepcopy(config)}
    for part in ('dataloader', 'cfg', 'evaluator'):
        parts['training'].pop(f'test_{part}')
    for name, dataset in tests.items():
        parts[name] = deepcopy(config)
        for part in ('train_dataloader', 'train_cfg', 'optim_wrapper',
                     'param_scheduler'):
            parts[name].pop(part, None)
        parts[name].test_dataloader.dataset = deepcopy(dataset)
    scores: dict[str, float] = {}
    allow_openmmlab_globals()
    for name, part in parts.items():
        part.randomness = dict(seed=seed)
        part.work_dir = str(work_dir)
        label = '_'.join(Path(work_dir).absolute().parts[1:])
        part.experiment_name = f'{label}_{name}'
        if name == 'training':
            Runner.from_cfg(part).train()
            continue
        part.load_from = find_latest_checkpoint(str(work_dir))
        scored = Runner.from_cfg(part).test()
        scores.update({f'{name}/{k}': v for k, v in scored.items()})
    return scores


def compare_training(configs: Mapping[str, Config],
                     seeds: Sequence[int],
                     out_dir: str | Path,
                     overwrite: bool = False) -> dict[str, Any]:
    """Train every config with every seed, and tabulate the scores.

    All configs are trained with the first seed, then all with the next, so
    that what an interrupted comparison leaves is fair. Runs that are done are
    not repeated. ``results.json`` and ``results.md`` are written after every
    run.

    Args:
        configs: Ways of training by name.
        seeds: Seeds.
        out_dir: Folder of the results, with a folder for each run.
        overwrite: Whether to repeat runs that are done. Defaults to False.

    Returns:
        ``runs``, by name and seed, each with its ``scores`` and the hash of
        its ``config``; ``summary``, by name, see
        :func:`mmadvrain.evaluation.report.seed_table.summarise_seeds`.

    Raises:
        ValueError: If a run that is done had another config.
    """
    out_dir = Path(out_dir)
    path = out_dir / 'results.json'
    runs: dict[str, dict[str, dict]] = {}
    if path.is_file() and not overwrite:
        runs = json.loads(path.read_text(encoding='utf-8'))['runs']
    marks = {name: _mark(config) for name, config in configs.items()}
    for name, mark in marks.items():
        for label, run in runs.get(name, {}).items():
            if run['config'] != mark:
                raise ValueError(
                    f'{path} has a run of {name!r} with seed {label} and '
                    'another config; choose another folder, or overwrite')
    for seed in seeds:
        for name, config in configs.items():
            done = runs.setdefault(name, {})
            if str(seed) not in done:
                folder = out_dir / name / f'seed{seed}'
                scores = train_and_score(config, seed, folder)
                done[str(seed)] = dict(config=marks[name], scores=scores)
            results = dict(runs=runs, summary=_summary(runs))
            write_json(path, results)
            with atomic_path(out_dir / 'results.md') as temporary:
                temporary.write_text(
                    comparison_table(results['summary']) + '\n',
                    encoding='utf-8')
    return results


def comparison_table(summary: Mapping[str, Mapping[str, dict]]) -> str:
    """Markdown table of a comparison.

    Args:
        summary: As :func:`compare_training` returns it.

    Returns:
        A row for the rainy images as they are, where the metrics have them
        (``TEST_SET/rainy/...``), and a row a way of training.
    """
    rows: dict[str, dict[str, dict]] = {}
    rainy: dict[str, dict] = {}
    for name, scores in summary.items():
        for key, entry in scores.items():
            test, _, metric = key.partition('/')
            image, _, metric = metric.rpartition('/')
            column = f'{test} {metric}'
            if image == 'rainy':  # the same whatever was trained
                rainy[column] = dict(entry, deviation=None, seeds=0)
            else:
                rows.setdefault(name, {})[column] = entry
    return seed_table({**({'rainy input': rainy} if rainy else {}), **rows})


def _summary(runs: Mapping[str, Mapping[str, dict]]) -> dict[str, dict]:
    """Average every way of training over its seeds."""
    return {
        name: summarise_seeds([run['scores'] for run in done.values()])
        for name, done in runs.items()
    }


def _mark(config: Config) -> str:
    """Tell configs apart."""
    return hashlib.sha256(config.pretty_text.encode()).hexdigest()[:16]
