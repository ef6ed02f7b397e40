from pathlib import Path
from typing import Optional, Tuple, Union

from mmdet.registry import MODELS
from mmengine.config import Config
from mmengine.registry import DefaultScope
from torch import nn

from mmadvrain.utils.checkpoint import load_victim


def build_detector(config: Union[str, Path],
                   checkpoint: Optional[str] = None,
                   trust: bool = False) -> Tuple[nn.Module, Config]:
    """Build the detector of a config, with weights, to be looked at only.

    Args:
        config (str | Path): Its config file.
        checkpoint (str, optional): File or URL of its weights. None takes the
            config's ``load_from``.
        trust (bool): Unpickle a checkpoint that holds more than weights.
            Defaults to False.

    Returns:
        tuple[nn.Module, Config]: On the CPU, in evaluation mode, its weights
        without gradient; and the config.

    Raises:
        FileNotFoundError: If config or checkpoint are not there.
        ValueError: If there are no weights, or they do not fit.
    """
    parsed = Config.fromfile(config)
    source = checkpoint or parsed.get('load_from')
    if not source:
        raise ValueError(f'{config} names no weights in `load_from`: give a '
                         'checkpoint of the detector')
    with DefaultScope.overwrite_default_scope(
            parsed.get('default_scope', 'mmdet')):
        model = MODELS.build(parsed.model)
    load_victim(model, source, trust=trust)
    return model.eval().requires_grad_(False), parsed
