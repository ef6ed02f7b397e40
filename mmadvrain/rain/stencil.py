"""The exposure of one drop: weights of its steps, and where they land."""
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mmadvrain.typing import SizeHW


def profile_weights(knots: int, steps: int) -> Tensor:
    """Linear interpolation of knots at the exposure steps, as a matrix.

    Args:
        knots: Number of knots, spread evenly over the exposure.
        steps: Number of exposure steps.

    Returns:
        Rows that sum to one, float64. Shape (steps + 1, knots).
    """
    if knots == 1:
        return torch.ones(steps + 1, 1, dtype=torch.float64)
    place = torch.linspace(0, knots - 1, steps + 1, dtype=torch.float64)
    nodes = torch.arange(knots, dtype=torch.float64)
    return (1 - (place[:, None] - nodes[None]).abs()).clamp(min=0)


def expand_profiles(profiles: Tensor, steps: int) -> Tensor:
    """Brightness of each drop at each exposure step.

    Args:
        profiles: Brightness at the knots. Shape (P, knots).
        steps: Number of exposure steps.

    Returns:
        Shape (P, steps + 1), differentiable in ``profiles``.
    """
    weights = profile_weights(profiles.shape[1], steps)
    return profiles @ weights.to(profiles).t()


_MAX_KEPT_STEPS = 512
"""Stencils of more steps may be large, and are made anew."""


class _Landing(NamedTuple):
    """Where the steps land; four corners of each, one after the other."""
    offsets: np.ndarray  # (U, 2), pixels that can be inside, in their order
    pixel: np.ndarray  # (E,), index of an offset
    step: np.ndarray  # (E,)
    weight: np.ndarray  # (E,), bilinear
    slopes: np.ndarray  # (2, E), of the weight in (theta_x, theta_y)


def _land(theta: tuple[float, float], steps: int, size_hw: SizeHW) -> _Landing:
    size = np.array(size_hw)
    fraction = np.arange(steps + 1) / max(steps, 1)
    scale = fraction[:, None] * (size / 2)
    place = scale * theta[::-1]
    corner = np.floor(place)
    right_of = (place - corner)[:, None]
    take = np.array(((0, 0), (0, 1), (1, 0), (1, 1)))
    shares = np.where(take, right_of, 1 - right_of)  # (S, 4, 2)
    signs = np.where(take, 1., -1.) * scale[:, None]
    # what leads out of the image from every pixel may as well lead there
    nearby = np.clip(corner, -size - 1, size + 1).astype(np.int64)
    offsets = (nearby[:, None] + take).reshape(-1, 2)
    inside = (np.abs(offsets) < size).all(1)
    width = 2 * size_hw[1]
    key, pixel = np.unique(
        (offsets * (width, 1)).sum(1)[inside] + size_hw[1],
        return_inverse=True)
    slopes = signs[..., ::-1] * shares
    return _Landing(
        np.stack((key // width, key % width - size_hw[1]), 1), pixel,
        np.arange(steps + 1).repeat(4)[inside],
        shares.prod(2).reshape(-1)[inside],
        np.stack((slopes[..., 0], slopes[..., 1])).reshape(2, -1)[:, inside])


class ExposureStencil(NamedTuple):
    """What each step or knot leaves on each pixel around a drop.

    Attributes:
        offsets: Pixels as (row, column) from the drop, in the order of rows.
            Shape (U, 2), int64.
        basis: Share of each knot, or of each step, that lands there. Shape (K,
            U).
        slopes: Derivatives of ``basis`` in theta_x and theta_y. Shape (2, K,
            U).
    """
    offsets: Tensor
    basis: Tensor
    slopes: Tensor


def _build(theta: tuple[float,
                        float], steps: int, size_hw: SizeHW, knots: int | None,
           dtype: torch.dtype, device: torch.device) -> ExposureStencil:
    landing = _land(theta, steps, size_hw)
    values = (landing.weight, *landing.slopes)
    count = len(landing.offsets)
    if knots is None:
        table: np.ndarray = np.zeros((3, steps + 1, count))
        table[:, landing.step, landing.pixel] = values
    else:
        shares = profile_weights(knots, steps).numpy()[landing.step].T
        table = np.array([[
            np.bincount(landing.pixel, share * value, count)
            for share in shares
        ] for value in values])
    mixed = torch.from_numpy(table).to(device, dtype)
    return ExposureStencil(
        torch.from_numpy(landing.offsets).to(device), mixed[0], mixed[1:])


_build_once = lru_cache(maxsize=32)(_build)


def mixed_stencil(theta: Tensor, steps: int, size_hw: SizeHW,
                  knots: int | None) -> ExposureStencil:
    """The stencil of an exposure, mixed by knots of a brightness profile.

    An attack step asks thrice for the same one, so the latest are kept.

    Args:
        theta: (theta_x, theta_y), normalised as in ``affine_grid``. Shape
            (2,).
        steps: Number of exposure steps.
        size_hw: Height and width in pixels.
        knots: Number of knots; None keeps the steps apart.

    Returns:
        Of at least single precision, not to be changed. Offsets that lead out
        of the image from every pixel are left out.

    Raises:
        ValueError: If ``theta`` is not finite.
    """
    # half precision would place streaks to no more than a tenth of a pixel
    dtype = torch.promote_types(theta.dtype, torch.float32)
    values = tuple(theta.tolist())
    if not np.isfinite(values).all():
        raise ValueError(f'`theta` must be finite, but got {list(values)}')
    build = _build_once if steps <= _MAX_KEPT_STEPS else _build
    return build(values, steps, (size_hw[0], size_hw[1]), knots, dtype,
                 theta.device)


def exposure_stencil(theta: Tensor, steps: int,
                     size_hw: SizeHW) -> tuple[Tensor, Tensor]:
    """Where the exposure steps of one drop land, and how much of each.

    Args:
        theta: (theta_x, theta_y), normalised as in ``affine_grid``. Shape
            (2,).
        steps: Number of exposure steps.
        size_hw: Height and width in pixels.

    Returns:
        Offsets in pixels as (row, column), int64 of shape (U, 2), and bilinear
        weights of shape (steps + 1, U), of at least single precision and
        without gradient. Offsets that lead out of the image from every pixel
        are left out.

    Raises:
        ValueError: If ``theta`` is not finite.
    """
    stencil = mixed_stencil(theta, steps, size_hw, None)
    return stencil.offsets, stencil.basis
