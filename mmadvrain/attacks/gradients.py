"""Gradients of several objectives as one, image by image."""
from collections.abc import Sequence
from functools import cache
from typing import TypeAlias

import torch
from mmengine.logging import print_log
from torch import Tensor

from mmadvrain.functional.gradient import normalise_mean_abs
from mmadvrain.victims.attacked_model import FeatureCut, VictimOutputs

from .objectives.base_objective import BaseObjective

Live: TypeAlias = tuple[int, float, Tensor]
"""Number, weight and value of an objective that has a gradient."""


def find_cut(outputs: VictimOutputs,
             objectives: Sequence[BaseObjective]) -> FeatureCut | None:
    """Cut feature maps off from the images, if objectives read nothing else.

    Args:
        outputs: Of which nothing was asked yet.
        objectives: That will read them.

    Returns:
        None, which the log says once, where gradients take another way too.
    """
    curious = [one.name for one in objectives if one.needs_stages]
    cut = None if curious else outputs.cut_features()
    if cut is None:
        _say_images(curious[0] if curious else type(outputs.model).__name__)
    return cut


@cache
def _say_images(name: str) -> None:
    print_log(
        f"balance='features' cannot cut {name} off its features: gradients "
        'are balanced at the images, a backward pass an objective',
        logger='current')


def gradients(
        losses: Sequence[Tensor], weights: Sequence[float],
        leaves: Sequence[Tensor], turn: Sequence[int], balances: bool,
        cut: FeatureCut | None) -> tuple[list[Tensor], list[list[float]]]:
    """Weighted sum of the gradients of some objectives, image by image.

    Args:
        losses: Values of all objectives, each of shape (N,).
        weights: Of the objectives.
        leaves: The images.
        turn: Which objectives are meant.
        balances: Whether gradients are balanced.
        cut: Where, if not at the images.

    Returns:
        The sums; and where gradients are balanced the mean magnitude of each
        objective's, by image.
    """
    live = [(j, weights[j], losses[j].sum()) for j in turn
            if losses[j].requires_grad and weights[j]]
    if not balances:
        return summed(live, leaves), [[]] * len(leaves)
    sizes = torch.zeros(len(leaves), len(losses)).to(leaves[0])
    if cut is None:
        grads = balanced_at_images(live, leaves, sizes)
    else:
        grads = balanced_at_features(live, leaves, cut, sizes)
    return grads, sizes.tolist()


def summed(live: Sequence[Live], leaves: Sequence[Tensor]) -> list[Tensor]:
    """Weighted sum of gradients as they are, by one backward pass.

    Args:
        live: The objectives.
        leaves: The images.

    Returns:
        Of each image.
    """
    if not live:
        return [torch.zeros_like(leaf) for leaf in leaves]
    loss = sum((weight * value for _, weight, value in live),
               live[0][2].new_zeros(()))
    return _of_images(
        torch.autograd.grad(loss, leaves, allow_unused=True), leaves)


def balanced_at_images(live: Sequence[Live], leaves: Sequence[Tensor],
                       sizes: Tensor) -> list[Tensor]:
    """Weighted sum of gradients that are each divided by its mean magnitude.

    Costs a backward pass through the whole victim an objective.

    Args:
        live: The objectives.
        leaves: The images.
        sizes: Gets the mean magnitudes. Shape (N, J).

    Returns:
        Of each image.
    """
    total: list[Tensor | None] = [None] * len(leaves)
    for rank, (j, weight, value) in enumerate(live):
        grads = torch.autograd.grad(
            value,
            leaves,
            retain_graph=rank + 1 < len(live),
            allow_unused=True)
        for i, grad in enumerate(grads):
            if grad is None:
                continue
            sizes[i, j] = grad.abs().mean()
            grad = normalise_mean_abs(grad)
            before = total[i]
            if before is None:
                total[i] = grad if weight == 1 else weight * grad
            else:
                total[i] = before.add(grad, alpha=weight)
    return _of_images(total, leaves)


def balanced_at_features(live: Sequence[Live], leaves: Sequence[Tensor],
                         cut: FeatureCut, sizes: Tensor) -> list[Tensor]:
    """:func:`balanced_at_images`, but measured where gradients enter features.

    What lies behind the features is linear in their gradient, so one
    backward pass through it does for all objectives. An objective's
    magnitude is the mean over all its values in the feature maps. The sum
    has a mean magnitude of one, so that frames of a clip count alike.

    Args:
        live: The objectives, whose graphs begin at the cut.
        leaves: The images.
        cut: Feature maps as the objectives and as the images know them.
        sizes: Gets the mean magnitudes. Shape (N, J).

    Returns:
        Of each image.

    Raises:
        ValueError: If an objective reaches images past the features.
    """
    total: list[Tensor | None] = [None] * len(cut.leaves)
    values = sum(level[0].numel() for level in cut.leaves)
    for rank, (j, weight, value) in enumerate(live):
        grads = torch.autograd.grad(
            value, [*cut.leaves, *leaves],
            retain_graph=rank + 1 < len(live),
            allow_unused=True)
        levels, past = grads[:len(total)], grads[len(total):]
        if any(grad is not None for grad in past):
            raise ValueError(
                "balance='features' wants objectives that know images by the "
                f"victim's features alone, but objective {j} (from 0) reaches "
                'them another way: set `balance=True`')
        for grad in levels:
            if grad is not None:
                sizes[:, j] += grad.abs().flatten(1).sum(1) / values
        mean = sizes[:, j]
        scale = weight / torch.where(mean > 0, mean, torch.ones_like(mean))
        for i, grad in enumerate(levels):
            if grad is not None:
                grad = grad * scale.view(-1, *[1] * (grad.ndim - 1))
                before = total[i]
                total[i] = grad if before is None else before + grad
    used = [(whole, grad) for whole, grad in zip(cut.whole, total)
            if grad is not None]
    if not used:
        return [torch.zeros_like(leaf) for leaf in leaves]
    features, grads = zip(*used)
    pulled = _of_images(
        torch.autograd.grad(features, leaves, grads, allow_unused=True),
        leaves)
    return [normalise_mean_abs(grad) for grad in pulled]


def _of_images(grads: Sequence[Tensor | None],
               leaves: Sequence[Tensor]) -> list[Tensor]:
    return [
        torch.zeros_like(leaf) if grad is None else grad
        for grad, leaf in zip(grads, leaves)
    ]
