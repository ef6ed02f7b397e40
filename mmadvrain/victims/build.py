"""Models under attack, and victims around them, from configs."""
import copy

import torch
from mmengine.config import Config, ConfigDict
from mmengine.dataset import BaseDataset
from mmengine.device import get_device
from mmengine.registry import DefaultScope
from torch import nn

from mmadvrain.models.classifiers.networks import (
    TimmNetwork,
    TorchScriptNetwork,
)
from mmadvrain.registry import MODELS, part_type, type_of
from mmadvrain.typing import PathLike
from mmadvrain.utils.checkpoint import allow_openmmlab_globals, load_victim

from .base_victim import BaseVictim
from .detector_victim import DetectorVictim


def build_detector(config: PathLike,
                   checkpoint: str | None = None,
                   trust: bool = False) -> tuple[nn.Module, Config]:
    """Build the detector of a config, with weights, to be looked at only.

    Args:
        config: Its config file.
        checkpoint: File or URL of its weights. None takes the config's
            ``load_from``.
        trust: Unpickle a checkpoint that holds more than weights. Defaults to
            False.

    Returns:
        On the CPU, in evaluation mode, its weights without gradient; and the
        config.

    Raises:
        FileNotFoundError: If config or checkpoint are not there.
        ValueError: If there are no weights, or they do not fit.
    """
    parsed = Config.fromfile(config)
    model = build_victim_model(parsed, checkpoint, trust, 'cpu')
    return model.requires_grad_(False), parsed


def build_victim_model(config: Config,
                       checkpoint: str | None = None,
                       trust: bool = False,
                       device: torch.device | str | None = None) -> nn.Module:
    """Build the model of a config with its weights, without a runner.

    Args:
        config: With ``model``; ``load_from`` names weights where no checkpoint
            is given. Stays as it is.
        checkpoint: File or URL.
        trust: See :func:`mmadvrain.apis.attack`.
        device: None is MMEngine's choice.

    Returns:
        In evaluation mode.

    Raises:
        FileNotFoundError: If the checkpoint is not there.
        ValueError: If there are no weights, or they do not fit.
    """
    cfg = copy.deepcopy(config.model)  # models write into theirs
    complete = brings_weights(cfg, checkpoint, trust)
    source = checkpoint or config.get('load_from')
    if not source and not complete:
        raise ValueError(f'{config.filename} names no weights in `load_from`: '
                         'give a checkpoint')
    allow_openmmlab_globals()
    scope = config.get('default_scope', 'mmdet')
    with DefaultScope.overwrite_default_scope(scope):
        model: nn.Module = MODELS.build(cfg)
    if not complete:
        load_victim(model, source, trust=trust)
    model.to(device
             or get_device()).eval()  # not every detector returns itself
    return model


def brings_weights(model: ConfigDict,
                   checkpoint: str | None = None,
                   trust: bool = False) -> bool:
    """Whether a model's config holds all that its weights need.

    A TorchScript file is network and weights in one: given as a checkpoint,
    it goes into the config.

    Args:
        model: Config of the model; a checkpoint is written into it.
        checkpoint: What the user gave.
        trust: Whether the user trusts it. Defaults to False.

    Returns:
        True where no further checkpoint is to be loaded.

    Raises:
        ValueError: If that leaves a classifier's derainer without weights.
    """
    network = model.get('network') or ConfigDict()
    kind = type_of(MODELS, network) or object
    if issubclass(kind, TorchScriptNetwork):
        if checkpoint:
            network.file = checkpoint
        network.trust = bool(trust or network.get('trust'))
        complete = True
    else:
        complete = issubclass(kind, TimmNetwork) and not checkpoint and bool(
            network.get('pretrained', True))
    derainer = model.get('derainer')
    if complete and derainer and not derainer.get('checkpoint'):
        raise ValueError('a derainer in front of a classifier wants its '
                         'weights in `model.derainer.checkpoint`, but '
                         f'{derainer.get("type")} names none')
    return complete


def victim_type(cfg: dict | None) -> type[BaseVictim]:
    """Kind of victim that a config names.

    Args:
        cfg: ``test_cfg.victim``. None is a detector.

    Raises:
        ValueError: If there is no such kind.
    """
    return DetectorVictim if cfg is None else part_type(cfg, BaseVictim)


def build_victim(cfg: dict | None, model: nn.Module,
                 dataset: BaseDataset) -> BaseVictim:
    """Build a victim around a model.

    Args:
        cfg: Config of the victim. None is :class:`DetectorVictim` as it is.
        model: The model under attack.
        dataset: Its test data.

    Raises:
        ValueError: If there is no such kind of victim.
    """
    options = {k: v for k, v in (cfg or {}).items() if k != 'type'}
    return victim_type(cfg).from_dataset(model, dataset, **options)
