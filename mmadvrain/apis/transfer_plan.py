"""What a transfer table is made of, read from a config."""
import copy
import os.path as osp
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mmengine.config import Config, ConfigDict

from mmadvrain.engine.runner.attack_loop import AttackLoop
from mmadvrain.registry import LOOPS, type_of
from mmadvrain.store.attack_store import STORED
from mmadvrain.typing import PathLike

_OWN_KEYS = ('config', 'checkpoint')


@dataclass(frozen=True)
class PlannedDetector:
    """A source or a victim.

    Attributes:
        name: Its name in the table.
        path: Its config file.
        config: Its config, with the data of the plan.
        checkpoint: File or URL of its weights.
    """
    name: str
    path: str
    config: Config
    checkpoint: str | None


@dataclass(frozen=True)
class PlannedAttack:
    """An attack.

    Attributes:
        name: Its name in the table.
        path: Its config file, or ``'inline'``.
        loop: For ``test_cfg``.
        views: Which of its stored sets are rows.
    """
    name: str
    path: str
    loop: ConfigDict
    views: tuple[str, ...]

    @property
    def seed(self) -> int:
        """Seed of its random draws."""
        return self.loop.attack.get('seed', 0)


@dataclass(frozen=True)
class TransferPlan:
    """A whole table.

    Attributes:
        title: Its headline.
        sources: Detectors under attack.
        victims: Detectors that are scored.
        attacks: What is done to each source.
        metrics: Metrics to show, the main one first; empty for all.
        paper: Published numbers: ``table``, ``metric`` that they are compared
            with, and ``values``, in percent, by row and victim.
        conventions: What a metric is, where its name does not say.
        work_dir: Folder of the results.
    """
    title: str
    sources: list[PlannedDetector]
    victims: list[PlannedDetector]
    attacks: list[PlannedAttack]
    metrics: list[str]
    work_dir: str
    paper: dict = field(default_factory=dict)
    conventions: dict[str, str] = field(default_factory=dict)


def load_plan(plan: PathLike | Config,
              cfg_options: dict | None = None) -> TransferPlan:
    """Read the plan of a transfer table.

    A plan is a config with these entries; files are looked for beside the
    plan, then from the current folder.

    - ``sources``, ``victims``: by name, ``dict(config=FILE,
      checkpoint=FILE, **overrides)``; overrides are entries of that config.
      Without ``checkpoint`` the config's ``load_from`` is taken; without
      ``victims`` they are the sources.
    - ``attacks``: by name, a file whose attack is its ``test_cfg`` or its
      only :class:`AttackLoop`, or such a loop or an attack as a dict, or
      ``dict(config=FILE, **overrides)``, with entries of the loop. ``views``
      among them says which of ``'random'`` and ``'adversarial'`` are rows.
    - ``data``: overrides of ``test_dataloader`` and ``test_evaluator`` of the
      first source, which all detectors share, each with its own pipeline.
      ``indices`` limits the images: their number, or a list.
    - ``title``, ``metrics``, ``paper``, ``conventions``, ``work_dir``: see
      :class:`TransferPlan`.

    Args:
        plan: The plan or its file.
        cfg_options: Settings to override.

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
    plan = copy.deepcopy(plan)  # the caller's stays as it is
    plan.merge_from_dict(dict(cfg_options or {}))
    for name in ('sources', 'attacks'):
        if not isinstance(plan.get(name), Mapping) or not plan[name]:
            raise ValueError(f'a plan wants `{name}`, a dict by name, but '
                             f'{plan.filename} has {plan.get(name)!r}')
    folder = osp.dirname(plan.filename) if plan.filename else ''
    victims = plan.get('victims') or plan.sources
    for name in (*plan.sources, *victims, *plan.attacks):
        if not name or osp.basename(name) != name or name in '..':
            raise ValueError('names of a plan are names of folders too, but '
                             f'got {name!r}')
    data = _shared_data(plan, folder)
    title = plan.get('title') or osp.splitext(
        osp.basename(plan.filename or 'transfer'))[0]
    return TransferPlan(
        title=title,
        sources=[
            _detector(name, entry, folder, data)
            for name, entry in plan.sources.items()
        ],
        victims=[
            _detector(name, entry, folder, data)
            for name, entry in victims.items()
        ],
        attacks=[
            _attack(name, entry, folder)
            for name, entry in plan.attacks.items()
        ],
        metrics=list(plan.get('metrics') or []),
        work_dir=plan.get('work_dir')
        or osp.join('work_dirs',
                    osp.splitext(osp.basename(plan.filename or title))[0]),
        paper=dict(plan.get('paper') or {}),
        conventions=dict(plan.get('conventions') or {}))


def _find(path: str, folder: str) -> str:
    for found in (osp.join(folder, path), path):
        if osp.isfile(found):
            return osp.normpath(found)
    raise FileNotFoundError(f'no config file at {path}, looked for in '
                            f'{folder or "."} and in the current folder')


def _read(entry: Any, name: str, folder: str) -> tuple[str, Config]:
    if not isinstance(entry, Mapping) or 'config' not in entry:
        raise ValueError(f'wanted {name} as dict(config=FILE, '
                         f'checkpoint=FILE), but got {entry!r}')
    path = _find(entry['config'], folder)
    config = Config.fromfile(path)
    for part in ('model', 'test_dataloader', 'test_evaluator'):
        if not config.get(part) and not entry.get(part):
            raise ValueError(f'{path} has no `{part}`: {name} wants a model '
                             'with test data and an evaluator')
    return path, config


def _overrides(entry: Mapping) -> dict:
    return {
        k: copy.deepcopy(v)
        for k, v in entry.items() if k not in _OWN_KEYS
    }


def _shared_data(plan: Config, folder: str) -> dict:
    """Data of the first source, as the plan changes them."""
    name, entry = next(iter(plan.sources.items()))
    _, config = _read(entry, name, folder)
    config.merge_from_dict(_overrides(entry))
    config.merge_from_dict(copy.deepcopy(dict(plan.get('data') or {})))
    if plan.get('indices') is not None:
        config.test_dataloader.dataset.indices = plan.indices
    return dict(
        test_dataloader=config.test_dataloader,
        test_evaluator=config.test_evaluator)


def _detector(name: str, entry: Mapping, folder: str,
              data: dict) -> PlannedDetector:
    path, config = _read(entry, name, folder)
    pipeline = config.test_dataloader.dataset.get('pipeline')
    for part, value in data.items():
        config[part] = copy.deepcopy(value)
    config.test_dataloader.dataset.pop('pipeline', None)
    if pipeline is not None:  # None is the data set's own
        config.test_dataloader.dataset.pipeline = pipeline
    config.merge_from_dict(_overrides(entry))
    config.setdefault('default_scope', 'mmdet')
    checkpoint = entry.get('checkpoint') or config.get('load_from')
    return PlannedDetector(name, path, config, checkpoint)


def _attack(name: str, entry: Any, folder: str) -> PlannedAttack:
    if isinstance(entry, str):
        entry = dict(config=entry)
    if not isinstance(entry, Mapping) or not {'config', 'type'} & set(entry):
        raise ValueError(f'wanted the attack {name} as a file, or as a dict '
                         f'with `config` or `type`, but got {entry!r}')
    entry = dict(copy.deepcopy(entry))
    views = entry.pop('views', STORED[::-1])
    if isinstance(views, str) or not views or set(views) - set(STORED):
        raise ValueError(f'`views` of {name} must be some of {STORED}, but '
                         f'got {views!r}')
    path = entry.pop('config', None)
    if path is not None:
        path = _find(path, folder)
        holder = Config(dict(loop=_loop_of(path)))
        holder.merge_from_dict(dict(loop=entry))
        loop = holder.loop
    elif _is_loop(entry):
        loop = ConfigDict(entry)
    else:
        loop = ConfigDict(type='mmadvrain.AttackLoop', attack=entry)
    return PlannedAttack(name, path or 'inline', loop, tuple(views))


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
