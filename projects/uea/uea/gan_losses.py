"""The two sides of a GAN."""
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def judged_as(logits: Sequence[Tensor], real: bool) -> Tensor:
    """Binary cross entropy of taking every patch for real, or for fake.

    Args:
        logits: Of being real, any shapes.
        real: What to compare with.

    Returns:
        Mean over the patches of an image, then over the images.
    """
    wanted = torch.ones_like if real else torch.zeros_like
    return torch.stack([
        F.binary_cross_entropy_with_logits(values, wanted(values))
        for values in logits
    ]).mean()


def discriminator_loss(discriminator: nn.Module, real: Sequence[Tensor],
                       fake: Sequence[Tensor]) -> Tensor:
    """Half the loss on real images and half that on fake ones.

    Args:
        discriminator: Gives logits of being real.
        real: Images, each of shape (1, 3, h, w).
        fake: Images, without graph.

    Returns:
        A scalar.
    """
    return (judged_as([discriminator(image) for image in real], True) +
            judged_as([discriminator(image) for image in fake], False)) / 2


def generator_loss(discriminator: nn.Module, fake: Sequence[Tensor]) -> Tensor:
    """Loss of not being taken for real.

    Args:
        discriminator: Gets no gradient.
        fake: Images, each of shape (1, 3, h, w).

    Returns:
        A scalar.
    """
    with _without_gradient(discriminator):
        return judged_as([discriminator(image) for image in fake], True)


@contextmanager
def _without_gradient(module: nn.Module) -> Iterator[None]:
    """Keep what is computed inside out of the gradient of the weights."""
    weights = [w for w in module.parameters() if w.requires_grad]
    try:
        for weight in weights:
            weight.requires_grad_(False)
        yield
    finally:
        for weight in weights:
            weight.requires_grad_(True)
