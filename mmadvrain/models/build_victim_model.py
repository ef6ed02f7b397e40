from typing import Any, Optional

import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from torch import nn

from mmadvrain.models.classifiers import brings_weights
from mmadvrain.utils.checkpoint import load_victim


def build_victim_model(config: Config,
                       checkpoint: Optional[str] = None,
                       trust: bool = False,
                       device: Optional[Any] = None) -> nn.Module:
    """Build the model of a config with its weights, without a runner.

    Args:
        config (Config): With ``model``; ``load_from`` names weights where no
            checkpoint is given. Changed where a checkpoint is part of the
            model.
        checkpoint (str, optional): File or URL.
        trust (bool): See :func:`mmadvrain.apis.run_attack`.
        device (str | torch.device, optional): None is the first GPU, or the
            CPU.

    Returns:
        nn.Module: In evaluation mode.

    Raises:
        ValueError: If there are no weights.
    """
    init_default_scope(config.get('default_scope', 'mmdet'))
    own = brings_weights(config.model, checkpoint, trust)
    source = checkpoint or config.get('load_from')
    if not source and not own:
        raise ValueError(f'{config.filename} names no weights in `load_from`: '
                         'give a checkpoint')
    model = MODELS.build(config.model)
    if not own:
        load_victim(model, source, trust=trust)
    if device is None:
        device = 'cuda' if torch.cuda.is_available() else 'cpu'
    return model.to(device).eval()
