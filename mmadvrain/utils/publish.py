"""Weights for others: tensors and plain values, nothing else."""

from collections import OrderedDict
from pathlib import Path
from typing import Union

import torch

from .checkpoint import load_weights
from .checkpoint_file import read_checkpoint
from .digest import digest_file
from .files import atomic_path

_KEPT = ('dataset_meta', 'epoch', 'iter', 'seed', 'experiment_name')


def publish_weights(source: Union[str, Path],
                    target: Union[str, Path],
                    half: bool = True) -> str:
    """Write the state dict of a checkpoint without anything else in it.

    Besides the weights, only the names of the classes and how long and with
    which seed was trained are kept. The result can be read by
    ``torch.load(weights_only=True)`` without further permissions, and by
    MMEngine's runner.

    Args:
        source (str | Path): Checkpoint of a training run.
        target (str | Path): Where to write; its folder is made.
        half (bool): Whether floating-point numbers are stored as float16.
            Defaults to True.

    Returns:
        str: SHA-256 sum of the file, in hexadecimal digits.

    Raises:
        ValueError: If a number does not fit into float16.
    """
    weights = OrderedDict()
    for key, value in load_weights(source).items():
        stored = value.detach().cpu().clone()
        if half and stored.is_floating_point():
            stored = stored.half()
            if not torch.isfinite(stored).all():
                raise ValueError(f'{key} of {source} does not fit into '
                                 'float16: wanted finite numbers up to 65504')
        weights[key] = stored
    checkpoint = read_checkpoint(Path(source))
    found = checkpoint.get('meta', {}) if isinstance(checkpoint, dict) else {}
    meta = {key: found[key] for key in _KEPT if key in found}
    with atomic_path(target) as temporary:
        torch.save(dict(state_dict=weights, meta=meta), temporary)
    return digest_file(target)
