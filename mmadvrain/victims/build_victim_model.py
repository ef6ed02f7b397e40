import copy
from typing import Any, Optional

from mmengine.config import Config
from mmengine.device import get_device
from mmengine.registry import MODELS, DefaultScope
from torch import nn

from mmadvrain.utils.checkpoint import allow_openmmlab_globals, load_victim
from .brings_weights import brings_weights


def build_victim_model(config: Config,
                       checkpoint: Optional[str] = None,
                       trust: bool = False,
                       device: Optional[Any] = None) -> nn.Module:
    """Build the model of a config with its weights, without a runner.

    Args:
        config (Config): With ``model``; ``load_from`` names weights where no
            checkpoint is given. Stays as it is.
        checkpoint (str, optional): File or URL.
        trust (bool): See :func:`mmadvrain.apis.run_attack`.
        device (str | torch.device, optional): None is MMEngine's choice.

    Returns:
        nn.Module: In evaluation mode.

    Raises:
        FileNotFoundError: If the checkpoint is not there.
        ValueError: If there are no weights, or they do not fit.
    """
    cfg = copy.deepcopy(config.model)  # models write into theirs
    own = brings_weights(cfg, checkpoint, trust)
    source = checkpoint or config.get('load_from')
    if not source and not own:
        raise ValueError(f'{config.filename} names no weights in `load_from`: '
                         'give a checkpoint')
    allow_openmmlab_globals()
    with DefaultScope.overwrite_default_scope(
            config.get('default_scope', 'mmdet')):
        model = MODELS.build(cfg)
    if not own:
        load_victim(model, source, trust=trust)
    return model.to(device or get_device()).eval()
