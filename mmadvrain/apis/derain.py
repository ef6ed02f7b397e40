"""Take the rain out of images in memory."""
import contextlib
import textwrap
from collections.abc import Iterable, Iterator

import numpy as np
import torch
from mmengine.config import Config
from torch import Tensor

from mmadvrain.models.derainers.derain_model import DerainModel
from mmadvrain.registry import MODELS
from mmadvrain.typing import PathLike
from mmadvrain.utils.checkpoint import load_weights


def init_derainer(config: PathLike | Config,
                  checkpoint: str | None = None,
                  device: str = 'cpu',
                  trust: bool = False) -> DerainModel:
    """Build a derainer from its config and load its weights.

    Args:
        config: Config with a ``model``.
        checkpoint: Path or URL of the weights: a checkpoint of training, or
            one of the network alone. Defaults to None.
        device: Where the network runs. Defaults to ``'cpu'``.
        trust: Whether to read a checkpoint that holds more than data, which
            can run any code. Defaults to False.

    Returns:
        In evaluation mode.

    Raises:
        FileNotFoundError: If there is no such config or checkpoint.
        ValueError: If the config is not that of a derainer, or the weights
            are of another network.
    """
    if not isinstance(config, Config):
        config = Config.fromfile(config)
    name = config.filename or 'the config'
    if 'derainer' not in (config.get('model') or {}):
        raise ValueError('the config of a derainer must have '
                         f'`model.derainer`, but {name} has not')
    model = MODELS.build(config.model)
    if checkpoint is not None:
        weights = load_weights(checkpoint, trust=trust)
        try:
            model.load_state_dict(weights)
        except RuntimeError as error:
            # which names every single weight
            reason = textwrap.shorten(str(error), 300)
            raise ValueError(f'{checkpoint} must hold weights of the derainer '
                             f'of {name}, but does not: {reason}') from error
    return model.to(device).eval()


def derain_images(model: DerainModel,
                  images: Iterable[np.ndarray],
                  batch_size: int = 1,
                  amp: bool = False) -> Iterator[np.ndarray]:
    """Derain images one after the other, in batches of one size.

    Args:
        model: The derainer.
        images: RGB of 8 bit, shape (H, W, 3), of any sizes; taken as they are
            needed.
        batch_size: Neighbouring images of one size that are derained at once.
            Defaults to 1.
        amp: Whether to compute in mixed precision. Defaults to False.

    Yields:
        RGB of 8 bit, rounded, shape (H, W, 3), in the order of ``images``.

    Raises:
        ValueError: If the batch size is not positive.
    """
    if batch_size < 1:
        raise ValueError(
            f'batch_size must be at least 1, but got {batch_size}')
    batch: list[np.ndarray] = []
    for image in images:
        if batch and batch[0].shape != image.shape:
            yield from _derain_batch(model, batch, amp)
            batch = []
        batch.append(image)
        if len(batch) == batch_size:
            # before the next image is read, which may fail
            yield from _derain_batch(model, batch, amp)
            batch = []
    if batch:
        yield from _derain_batch(model, batch, amp)


@torch.no_grad()
def _derain_batch(model: DerainModel, batch: list[np.ndarray],
                  amp: bool) -> list[np.ndarray]:
    """Derain images of one size."""
    device = next(model.parameters()).device
    rainy = torch.from_numpy(np.stack(batch)).to(device)
    rainy = rainy.permute(0, 3, 1, 2).float() / 255
    context = torch.autocast(device.type) if amp else contextlib.nullcontext()
    with context:
        derained: Tensor = model(rainy)
    levels = (derained.float().clamp(0, 1) * 255).round().to(torch.uint8)
    return list(levels.permute(0, 2, 3, 1).cpu().numpy())
