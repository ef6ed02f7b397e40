"""Child nodes of the MMEngine root registries, scope ``mmadvrain``.

A type written ``mmadvrain.X`` in any config imports this file, and the
``locations`` import the folder that registers it when it is first asked for.
"""
from mmengine.registry import DATASETS as MMENGINE_DATASETS
from mmengine.registry import HOOKS as MMENGINE_HOOKS
from mmengine.registry import LOOPS as MMENGINE_LOOPS
from mmengine.registry import METRICS as MMENGINE_METRICS
from mmengine.registry import MODELS as MMENGINE_MODELS
from mmengine.registry import (
    OPTIM_WRAPPER_CONSTRUCTORS as MMENGINE_OPTIM_WRAPPER_CONSTRUCTORS,
)
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
    locations=['mmadvrain.models'])
# perturbations, initialisations, objectives, gradient rules and attacks
TASK_UTILS = Registry(
    'task util',
    parent=MMENGINE_TASK_UTILS,
    scope='mmadvrain',
    locations=[
        'mmadvrain.rain', 'mmadvrain.perturbations', 'mmadvrain.attacks',
        'mmadvrain.victims', 'mmadvrain.engine.runner'
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
# training with several optimisers
OPTIM_WRAPPER_CONSTRUCTORS = Registry(
    'optimizer wrapper constructor',
    parent=MMENGINE_OPTIM_WRAPPER_CONSTRUCTORS,
    scope='mmadvrain',
    locations=['mmadvrain.engine'])
# scores
METRICS = Registry(
    'metric',
    parent=MMENGINE_METRICS,
    scope='mmadvrain',
    locations=['mmadvrain.evaluation.metrics'])
