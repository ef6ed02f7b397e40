"""Read the plan of a study from a config."""
import copy
import os.path as osp
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

from mmdet.evaluation import CocoMetric
from mmdet.registry import METRICS
from mmengine.config import Config, ConfigDict

from mmadvrain.engine.runner.attack_loop import AttackLoop
from mmadvrain.evaluation.metrics import FastCocoMetric, SuccessRateMetric
from mmadvrain.registry import LOOPS, type_of
from mmadvrain.typing import PathLike

from .attack import prepare_config
from .study_plan import MAIN, SHARED, Cell, StudyModel, StudyPlan

_MODEL_KEYS = ('config', 'checkpoint')
_DRAWS = 2000
_SEED = 'test_cfg.attack.seed'
_CELL_KEYS = {'attack', 'options', 'views', 'x', 'line'}


def load_plan(plan: PathLike | Config,
              cfg_options: dict | None = None) -> StudyPlan:
    """Read the plan of a study; ``docs/studies.md`` explains each entry.

    Args:
        plan: The plan or its file. Files in it are looked for beside the
            plan, then from the current folder.
        cfg_options: Entries to override.

    Returns:
        With all configs merged. Weights are not looked for.

    Raises:
        FileNotFoundError: If a config is not there.
        ValueError: If an entry is missing or of no use.
    """
    if not isinstance(plan, Config):
        if not osp.isfile(plan):
            raise FileNotFoundError(f'no plan at {plan}')
        plan = Config.fromfile(plan)
    plan = copy.deepcopy(plan)
    plan.merge_from_dict(dict(cfg_options or {}))
    sources = _named(plan, 'sources')
    victims = _named(plan, 'victims') or sources
    if not sources:
        raise ValueError('a plan wants `sources`, a dict by name, but '
                         f'{plan.filename} has none')
    folder = osp.dirname(plan.filename) if plan.filename else ''
    data = _shared_data(plan, sources, folder)
    stem = osp.splitext(osp.basename(plan.filename or 'study'))[0]
    draws = plan.get('bootstrap', _DRAWS)
    loaded = StudyPlan(
        title=plan.get('title') or stem,
        sources=[
            _model(n, e, folder, data, draws) for n, e in sources.items()
        ],
        victims=[
            _model(n, e, folder, data, draws) for n, e in victims.items()
        ],
        cells=_cells(plan, folder),
        settings=dict(plan.get('test_cfg') or {}),
        metrics=list(plan.get('metrics') or []),
        paper=dict(plan.get('paper') or {}),
        conventions=dict(plan.get('conventions') or {}),
        work_dir=plan.get('work_dir') or osp.join('work_dirs', stem))
    for source in loaded.sources:
        for cell in loaded.cells:
            loaded.views(source, cell)
    return loaded


def _named(plan: Config, key: str) -> dict:
    """Entries by name; names of models are names of folders too."""
    entries = plan.get(key) or {}
    if not isinstance(entries, Mapping):
        raise ValueError(f'a plan wants `{key}` as a dict by name, but '
                         f'{plan.filename} has {entries!r}')
    if key in ('sources', 'victims'):
        for name in entries:
            if not name or osp.basename(name) != name or name in '..':
                raise ValueError(f'names of `{key}` are names of folders too,'
                                 f' but got {name!r}')
    return dict(entries)


def _find(path: str, folder: str) -> str:
    for place in (osp.join(folder, path), path):
        if osp.isfile(place):
            return osp.normpath(place)
    raise FileNotFoundError(f'no config file at {path}, looked for in '
                            f'{folder or "."} and in the current folder')


def _read(name: str, entry: object, folder: str) -> tuple[str, Config]:
    if not isinstance(entry, Mapping) or 'config' not in entry:
        raise ValueError(f'wanted {name} as dict(config=FILE, '
                         f'checkpoint=FILE), but got {entry!r}')
    path = _find(entry['config'], folder)
    config = Config.fromfile(path)
    config.merge_from_dict({
        k: copy.deepcopy(v)
        for k, v in entry.items() if k not in _MODEL_KEYS
    })
    return path, prepare_config(config)


def _shared_data(plan: Config, sources: dict, folder: str) -> dict:
    """Data of the first source, as the plan changes them."""
    name, entry = next(iter(sources.items()))
    _, config = _read(name, entry, folder)
    config.merge_from_dict(
        {part: copy.deepcopy(plan[part])
         for part in SHARED if plan.get(part)})
    return {part: config[part] for part in SHARED}


def _model(name: str, entry: Mapping, folder: str, data: dict,
           draws: int) -> StudyModel:
    path, config = _read(name, entry, folder)
    pipeline = config.test_dataloader.dataset.get('pipeline')
    for part, value in data.items():
        config[part] = copy.deepcopy(value)
    config.test_dataloader.dataset.pop('pipeline', None)
    if pipeline is not None:  # None is the data set's own
        config.test_dataloader.dataset.pipeline = pipeline
    config.merge_from_dict(
        {part: copy.deepcopy(entry[part])
         for part in SHARED if part in entry})
    if draws:
        config.test_evaluator = _with_intervals(config.test_evaluator, draws)
    checkpoint = entry.get('checkpoint') or config.get('load_from')
    return StudyModel(name, path, config, checkpoint)


def _with_intervals(metrics: ConfigDict | list,
                    draws: int) -> list[ConfigDict]:
    """Metrics that give intervals, where they can."""
    entries = metrics if isinstance(metrics, list) else [metrics]
    for metric in entries:
        kind = type_of(METRICS, metric)
        if kind is CocoMetric and not metric.get('format_only') and \
                metric.get('metric', 'bbox') in ('bbox', ['bbox']):
            metric['type'] = 'mmadvrain.FastCocoMetric'
            kind = FastCocoMetric
        if kind in (FastCocoMetric, SuccessRateMetric):
            metric.setdefault('bootstrap', draws)
    return entries


def _cells(plan: Config, folder: str) -> list[Cell]:
    sweeps = _named(plan, 'sweeps')
    attacks = _named(plan, MAIN)
    if MAIN in sweeps and attacks:
        raise ValueError(f'no sweep may be called {MAIN!r} beside `{MAIN}`')
    if attacks:
        sweeps = {MAIN: attacks, **sweeps}
    cells = [
        cell for name, entries in sweeps.items()
        for cell in _sweep(name, entries, folder)
    ]
    if not cells:
        raise ValueError('a plan wants `attacks` or `sweeps` with at least '
                         f'one entry, but {plan.filename} has none')
    return _with_seeds(cells, plan.get('seeds', []))


def _with_seeds(cells: list[Cell], seeds: object) -> list[Cell]:
    """Each cell once a seed, but for those that name their own."""
    if not isinstance(seeds, list) or len(set(seeds)) < len(seeds) or any(
            type(seed) is not int for seed in seeds):
        raise ValueError(f'`seeds` must be a list of different ints, but got '
                         f'{seeds!r}')
    return [
        replace(cell, options=dict({_SEED: seed}, **cell.options))
        for cell in cells
        for seed in ([cell.options[_SEED]] if _SEED in cell.options else seeds)
    ] or cells


def _sweep(name: str, entries: object, folder: str) -> list[Cell]:
    if Path(name).name != name:
        raise ValueError('names of sweeps are names of files too, but got '
                         f'{name!r}')
    if not isinstance(entries, Mapping):
        raise ValueError(f'wanted the sweep {name} as a dict of cells, or of '
                         f'lists of values, but got {entries!r}')
    if entries and all(
            isinstance(v, Sequence) and not isinstance(v, str)
            for v in entries.values()):
        return _grid(name, entries)
    return [_cell(name, str(label), e, folder) for label, e in entries.items()]


def _cell(sweep: str, label: str, entry: object, folder: str) -> Cell:
    if isinstance(entry, str):
        entry = dict(attack=entry)
    if not isinstance(entry, Mapping) or not set(entry) <= _CELL_KEYS:
        raise ValueError(f'wanted {label!r} as a file, or as a dict of some of'
                         f' {sorted(_CELL_KEYS)}, but got {entry!r}')
    views = entry.get('views')
    if isinstance(views, str):
        views = [views]
    path, loop = _attack(label, entry.get('attack'), folder)
    return Cell(sweep, label, path, loop, dict(entry.get('options') or {}),
                None if views is None else tuple(views),
                entry.get('x', _number(label)), str(entry.get('line', '')))


def _number(label: str) -> float | None:
    try:
        return float(label)
    except ValueError:
        return None


def _grid(sweep: str, grid: Mapping[str, Sequence]) -> list[Cell]:
    """Cells of a full grid; its first option is the axis of the plot."""
    empty = [key for key, values in grid.items() if not values]
    if empty:
        raise ValueError(f'wanted at least one value of each option of '
                         f'{sweep}, but got none of {empty}')
    cells = []
    for values in product(*grid.values()):
        parts = [
            f'{key.rpartition(".")[2]}={value}'
            for key, value in zip(grid, values)
        ]
        x = values[0] if type(values[0]) in (int, float) else None
        cells.append(
            Cell(
                sweep,
                ', '.join(parts),
                '',
                None,
                dict(zip(grid, values)),
                x=x,
                line=', '.join(parts[1:])))
    return cells


def _attack(label: str, entry: object,
            folder: str) -> tuple[str, ConfigDict | None]:
    """Attack that a cell names, and its file."""
    if entry is None:
        return '', None
    if isinstance(entry, str):
        path = _find(entry, folder)
        return path, _loop_of(path)
    if not isinstance(entry, Mapping) or 'type' not in entry:
        raise ValueError(f'wanted the attack of {label} as a file, or as a '
                         f'dict with `type`, but got {entry!r}')
    loop = ConfigDict(copy.deepcopy(entry))
    if _is_loop(loop):
        return 'inline', loop
    return 'inline', ConfigDict(type='mmadvrain.AttackLoop', attack=loop)


def _is_loop(cfg: Mapping) -> bool:
    kind = type_of(LOOPS, cfg)
    return kind is not None and issubclass(kind, AttackLoop)


def _loop_of(path: str) -> ConfigDict:
    """The attack of a config file."""
    config = Config.fromfile(path)
    loops = {
        key: value
        for key, value in config.items()
        if isinstance(value, Mapping) and _is_loop(value)
    }
    loops = {'test_cfg': loops['test_cfg']} if 'test_cfg' in loops else loops
    if len(loops) != 1:
        raise ValueError(f'wanted one AttackLoop in {path}, found '
                         f'{len(loops)}: {sorted(loops)}')
    return next(iter(loops.values()))
