"""The exposure as a stencil that all drops of an image share."""
from functools import lru_cache
from typing import NamedTuple, Optional, Tuple

import numpy as np
import torch
from torch import Tensor

from .kernels import profile_weights

_MAX_KEPT_STEPS = 512
"""Stencils of more steps may be large, and are made anew."""


class _Landing(NamedTuple):
    """Where the steps land; four corners of each, one after the other."""
    offsets: np.ndarray  # (U, 2), pixels that can be inside, in their order
    pixel: np.ndarray  # (E,), index of an offset
    step: np.ndarray  # (E,)
    weight: np.ndarray  # (E,), bilinear
    slopes: np.ndarray  # (2, E), of the weight in (theta_x, theta_y)


def _land(theta: Tuple[float, float], steps: int,
          size_hw: Tuple[int, int]) -> _Landing:
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
        offsets (Tensor): Pixels as (row, column) from the drop, in the order
            of rows. Shape (U, 2), int64.
        basis (Tensor): Share of each knot, or of each step, that lands
            there. Shape (K, U).
        slopes (Tensor): Derivatives of ``basis`` in theta_x and theta_y.
            Shape (2, K, U).
    """
    offsets: Tensor
    basis: Tensor
    slopes: Tensor


def _build(theta: Tuple[float, float], steps: int, size_hw: Tuple[int, int],
           knots: Optional[int], dtype: torch.dtype,
           device: torch.device) -> ExposureStencil:
    landing = _land(theta, steps, size_hw)
    values = (landing.weight, *landing.slopes)
    count = len(landing.offsets)
    if knots is None:
        found = np.zeros((3, steps + 1, count))
        found[:, landing.step, landing.pixel] = values
    else:
        shares = profile_weights(knots, steps).numpy()[landing.step].T
        found = np.array([[
            np.bincount(landing.pixel, share * value, count)
            for share in shares
        ] for value in values])
    mixed = torch.from_numpy(found).to(device, dtype)
    return ExposureStencil(
        torch.from_numpy(landing.offsets).to(device), mixed[0], mixed[1:])


_build_once = lru_cache(maxsize=32)(_build)


def mixed_stencil(theta: Tensor, steps: int, size_hw: Tuple[int, int],
                  knots: Optional[int]) -> ExposureStencil:
    """The stencil of an exposure, mixed by knots of a brightness profile.

    An attack step asks thrice for the same one, so the latest are kept.

    Args:
        theta (Tensor): (theta_x, theta_y), normalised as in ``affine_grid``.
            Shape (2,).
        steps (int): Number of exposure steps.
        size_hw (tuple[int, int]): Height and width in pixels.
        knots (int, optional): Number of knots; None keeps the steps apart.

    Returns:
        ExposureStencil: Of at least single precision, not to be changed.
        Offsets that lead out of the image from every pixel are left out.

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
                     size_hw: Tuple[int, int]) -> Tuple[Tensor, Tensor]:
    """Where the exposure steps of one drop land, and how much of each.

    Args:
        theta (Tensor): (theta_x, theta_y), normalised as in ``affine_grid``.
            Shape (2,).
        steps (int): Number of exposure steps.
        size_hw (tuple[int, int]): Height and width in pixels.

    Returns:
        tuple[Tensor, Tensor]: Offsets in pixels as (row, column), int64 of
        shape (U, 2), and bilinear weights of shape (steps + 1, U), of at
        least single precision and without gradient. Offsets that lead out of
        the image from every pixel are left out.

    Raises:
        ValueError: If ``theta`` is not finite.
    """
    stencil = mixed_stencil(theta, steps, size_hw, None)
    return stencil.offsets, stencil.basis
