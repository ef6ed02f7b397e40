from pathlib import Path
from typing import Optional, Tuple, Union

from mmengine.config import Config
from torch import nn

from .build_victim_model import build_victim_model


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
    model = build_victim_model(parsed, checkpoint, trust, 'cpu')
    return model.requires_grad_(False), parsed
