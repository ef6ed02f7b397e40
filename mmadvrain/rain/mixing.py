"""Blends of several rain layers, for training derainers."""
import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

AFFINE_OPS: tuple[str, ...] = ('rotate', 'shear_x', 'shear_y', 'translate_x',
                               'translate_y', 'zoom_x', 'zoom_y')
"""Operations of RainMix; none changes colours."""

LARGEST: dict[str, float] = dict(
    rotate=30., shear=0.3, translate=1 / 3, zoom=0.3)
"""What the operations do at full strength: degrees, pixels per pixel, share
of the image's size, and relative change of scale."""


def mix_layers(layers: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    r"""Blend rain layers, :math:`R = \sum_i w_i R_i`.

    Source: lines 1 to 6 of Algorithm 3 of the paper.

    Args:
        layers: Rain layers of one shape, (C, H, W).
        weights: One weight a layer.

    Returns:
        Shape (C, H, W).

    Raises:
        ValueError: If there are no layers, or not one weight a layer.
    """
    if not layers or len(layers) != len(weights):
        raise ValueError('each of one or more layers needs a weight, but got '
                         f'{len(layers)} layers and {len(weights)} weights')
    mixed = torch.zeros_like(layers[0])
    for layer, weight in zip(layers, weights):
        mixed = mixed + float(weight) * layer
    return mixed


def affine_matrix(name: str, strength: float, size_hw: tuple[int,
                                                             int]) -> Tensor:
    """Matrix of one operation, in pixels about the image's centre.

    Source: the operations of AugMix at full strength (30 degrees, shear 0.3,
    a third of the image) that RainMix takes. Its zoom is not published as a
    number; a scale between 0.7 and 1.3 is the choice made here.

    Args:
        name: One of ``AFFINE_OPS``.
        strength: In [-1, 1].
        size_hw: Height and width in pixels.

    Returns:
        Maps (x, y, 1) of the result to that of the source, float64. Shape (3,
        3).

    Raises:
        ValueError: If there is no such operation.
    """
    if name not in AFFINE_OPS:
        raise ValueError(f'operation must be one of {list(AFFINE_OPS)}, but '
                         f'got {name!r}')
    matrix = torch.eye(3, dtype=torch.float64)
    kind, _, axis = name.partition('_')
    amount = strength * LARGEST[kind]
    row = 'xy'.find(axis) if axis else 0
    if kind == 'rotate':
        angle = math.radians(amount)
        cos, sin = math.cos(angle), math.sin(angle)
        matrix[:2, :2] = torch.tensor([[cos, sin], [-sin, cos]])
    elif kind == 'shear':
        matrix[row, 1 - row] = amount
    elif kind == 'translate':
        matrix[row, 2] = amount * size_hw[1 - row]
    else:
        matrix[row, row] = 1 / (1 + amount)
    return matrix


def affine_chain(layer: Tensor, chain: Sequence[tuple[str, float]]) -> Tensor:
    """Move a rain layer by a chain of operations, resampled only once.

    Args:
        layer: Shape (C, H, W).
        chain: Names and strengths, in the order in which they act.

    Returns:
        Shape (C, H, W); mirrored where nothing was.
    """
    size_hw = layer.shape[-2], layer.shape[-1]
    matrix = torch.eye(3, dtype=torch.float64)
    for name, strength in chain:
        matrix = matrix @ affine_matrix(name, strength, size_hw)
    # from pixels to the [-1, 1] of affine_grid
    half = torch.tensor([size_hw[1] / 2, size_hw[0] / 2, 1.]).double()
    theta = (matrix * half / half[:, None])[None, :2].to(layer)
    grid = F.affine_grid(theta, [1, *layer.shape], align_corners=False)
    return F.grid_sample(
        layer[None], grid, padding_mode='reflection', align_corners=False)[0]


def mix_rain_chains(layer: Tensor, chains: Sequence[Sequence[tuple[str,
                                                                   float]]],
                    weights: Sequence[float], blend: float) -> Tensor:
    r"""RainMix: blend a rain layer with moved copies of itself.

    Source: :math:`\max(1 - m, 0.7) R + \max(m, 0.5 / \max_i w_i) \sum_i w_i
    R_i` of RainMix (EfDeRain, AAAI 2021). Differs from its release in: the
    result is clipped to [0, 1], where the release throws the clipped copy
    away and keeps values above one.

    Args:
        layer: Rain layer :math:`R`. Shape (C, H, W).
        chains: One chain of operations for each copy, see
            :func:`affine_chain`.
        weights: Weights :math:`w` of the copies.
        blend: :math:`m`, in [0, 1].

    Returns:
        In [0, 1]. Shape (C, H, W).
    """
    copies = [affine_chain(layer, chain) for chain in chains]
    mixed = mix_layers(copies, weights)
    mixed = max(blend, 0.5 / max(weights)) * mixed
    return (max(1 - blend, 0.7) * layer + mixed).clamp(0, 1)
