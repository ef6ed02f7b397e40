from typing import Any, Optional


def brings_weights(model: Any,
                   checkpoint: Optional[str] = None,
                   trust: bool = False) -> bool:
    """Whether a model's config holds all that its weights need.

    A TorchScript file is network and weights in one: given as a checkpoint,
    it goes into the config.

    Args:
        model (ConfigDict): Config of the model; a checkpoint is written into
            it.
        checkpoint (str, optional): What the user gave.
        trust (bool): Whether the user trusts it. Defaults to False.

    Returns:
        bool: True where no further checkpoint is to be loaded.
    """
    network: Any = model.get('network') or {}
    if str(network.get('type', '')).endswith('TorchScriptNetwork'):
        if checkpoint:
            network.file = checkpoint
        network.trust = bool(trust or network.get('trust'))
        return True
    is_published = str(network.get('type', '')).endswith(
        ('TimmNetwork', 'MMPretrainNetwork'))
    return is_published and not checkpoint and bool(
        network.get('pretrained', True))
