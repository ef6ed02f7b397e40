"""Child nodes of the MMEngine root registries, scope ``mmadvrain``.

A type written ``mmadvrain.X`` in any config imports this file, and the
``locations`` import the folder that registers it when it is first asked for.
"""
from collections.abc import Mapping
from typing import TypeVar

from mmengine.registry import DATASETS as MMENGINE_DATASETS
from mmengine.registry import HOOKS as MMENGINE_HOOKS
from mmengine.registry import LOOPS as MMENGINE_LOOPS
from mmengine.registry import METRICS as MMENGINE_METRICS
from mmengine.registry import MODELS as MMENGINE_MODELS
from mmengine.registry import TASK_UTILS as MMENGINE_TASK_UTILS
from mmengine.registry import TRANSFORMS as MMENGINE_TRANSFORMS
from mmengine.registry import Registry

# what images come from
DATASETS = Registry(
    'dataset',
    parent=MMENGINE_DATASETS,
    scope='mmadvrain',
    locations=['mmadvrain.datasets'])
TRANSFORMS = Registry(
    'transform',
    parent=MMENGINE_TRANSFORMS,
    scope='mmadvrain',
    locations=['mmadvrain.datasets.transforms'])
# networks: backbones, derainers, defended detectors, their losses
MODELS = Registry(
    'model',
    parent=MMENGINE_MODELS,
    scope='mmadvrain',
    locations=['mmadvrain.models', 'mmadvrain.models.two_stage'])
# perturbations, initialisations, objectives, gradient rules and attacks
TASK_UTILS = Registry(
    'task util',
    parent=MMENGINE_TASK_UTILS,
    scope='mmadvrain',
    locations=[
        'mmadvrain.rain', 'mmadvrain.perturbations', 'mmadvrain.attacks',
        'mmadvrain.victims', 'mmadvrain.engine.runner',
        'mmadvrain.models.two_stage'
    ])
# stages of a run
LOOPS = Registry(
    'loop',
    parent=MMENGINE_LOOPS,
    scope='mmadvrain',
    locations=['mmadvrain.engine.runner'])
HOOKS = Registry(
    'hook',
    parent=MMENGINE_HOOKS,
    scope='mmadvrain',
    locations=['mmadvrain.engine.hooks'])
# scores
METRICS = Registry(
    'metric',
    parent=MMENGINE_METRICS,
    scope='mmadvrain',
    locations=['mmadvrain.evaluation.metrics'])

PartT = TypeVar('PartT')


def type_of(registry: Registry,
            cfg: Mapping,
            scope: str | None = None) -> type | None:
    """Class that a config asks for, by name or by itself.

    Args:
        registry: Where the name is looked up.
        cfg: With ``type``.
        scope: Of a name that has none, such as ``'mmdet'``. Defaults to None:
            the registry's.

    Returns:
        None where there is no such class.
    """
    kind = cfg.get('type')
    if isinstance(kind, str):
        kind = registry.get(
            kind if scope is None or '.' in kind else f'{scope}.{kind}')
    return kind if isinstance(kind, type) else None


def part_type(cfg: Mapping, kind: type[PartT]) -> type[PartT]:
    """Class of a part of an attack.

    Args:
        cfg: Config of the part.
        kind: What it has to be, e.g. :class:`BaseObjective`.

    Raises:
        ValueError: If there is no such part, or it is of another kind.
    """
    asked = type_of(TASK_UTILS, cfg)
    if asked is None or not issubclass(asked, kind):
        noun = kind.__name__.removeprefix('Base').lower()
        known = sorted(name for name, cls in TASK_UTILS.module_dict.items()
                       if isinstance(cls, type) and issubclass(cls, kind))
        raise ValueError(f'there is no {noun} {cfg.get("type")!r}; there '
                         f'are {known}, each as mmadvrain.NAME')
    return asked


def build_part(part: Mapping | PartT, kind: type[PartT]) -> PartT:
    """Part of an attack, built from its config unless it is there already.

    Args:
        part: The part or its config.
        kind: What it has to be, e.g. :class:`BaseObjective`.

    Raises:
        ValueError: If there is no such part, or it is of another kind.
    """
    if not isinstance(part, Mapping):
        return part
    part_type(part, kind)
    built: PartT = TASK_UTILS.build(part)
    return built
