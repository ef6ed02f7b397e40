"""The splat and its adjoint on a GPU, one Triton kernel each.

Same functions as in ``splat.py``. What is scattered or gathered stays in
registers: no index and no value of a pixel of a copy is ever written out.
Sums are made by atomic additions, so their last bits differ from run to run.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

# mypy: disable-error-code="no-untyped-def"

_COPIES = 16
_PIXELS = 64


@triton.jit
def _tile(origin, reach, copies, pixels, COPIES: tl.constexpr,
          PIXELS: tl.constexpr):
    """Copies and stencil pixels of a program, and where they meet."""
    copy = tl.program_id(0) * COPIES + tl.arange(0, COPIES)
    pixel = tl.program_id(1) * PIXELS + tl.arange(0, PIXELS)
    is_copy = copy < copies
    is_pixel = pixel < pixels
    place = (
        tl.load(origin + copy, mask=is_copy, other=0)[:, None] +
        tl.load(reach + pixel, mask=is_pixel, other=0)[None, :])
    return copy, pixel, is_copy, is_pixel, place


@triton.jit
def _splat(weights, basis, origin, reach, canvas, copies, knots, pixels, area,
           COPIES: tl.constexpr, PIXELS: tl.constexpr):
    copy, pixel, is_copy, is_pixel, place = _tile(origin, reach, copies,
                                                  pixels, COPIES, PIXELS)
    channel = tl.program_id(2).to(tl.int64)
    mixture = weights + (channel * copies + copy) * knots
    value = tl.zeros((COPIES, PIXELS), dtype=canvas.dtype.element_ty)
    for knot in range(knots):
        share = tl.load(mixture + knot, mask=is_copy, other=0.)
        stencil = tl.load(
            basis + knot * pixels + pixel, mask=is_pixel, other=0.)
        value += share[:, None] * stencil[None, :]
    tl.atomic_add(
        canvas + channel * area + place,
        value,
        mask=is_copy[:, None] & is_pixel[None, :],
        sem='relaxed')


@triton.jit
def _splat_adjoint(grad, weights, basis, origin, reach, for_weights, for_basis,
                   copies, knots, pixels, area, COPIES: tl.constexpr,
                   PIXELS: tl.constexpr):
    copy, pixel, is_copy, is_pixel, place = _tile(origin, reach, copies,
                                                  pixels, COPIES, PIXELS)
    channel = tl.program_id(2).to(tl.int64)
    arrived = tl.load(
        grad + channel * area + place,
        mask=is_copy[:, None] & is_pixel[None, :],
        other=0.)
    row = (channel * copies + copy) * knots
    for knot in range(knots):
        share = tl.load(weights + row + knot, mask=is_copy, other=0.)
        column = knot * pixels + pixel
        stencil = tl.load(basis + column, mask=is_pixel, other=0.)
        tl.atomic_add(
            for_weights + row + knot,
            tl.sum(arrived * stencil[None, :], 1),
            mask=is_copy,
            sem='relaxed')
        tl.atomic_add(
            for_basis + column,
            tl.sum(arrived * share[:, None], 0),
            mask=is_pixel,
            sem='relaxed')


def _grid(weights: Tensor, reach: Tensor) -> tuple[int, int, int]:
    channels, copies, _ = weights.shape
    blocks = triton.cdiv(copies, _COPIES), triton.cdiv(len(reach), _PIXELS)
    return (*blocks, channels)


def splat(weights: Tensor, basis: Tensor, origin: Tensor, reach: Tensor,
          area: int) -> Tensor:
    """See :func:`mmadvrain.rain.streak_op.splat`."""
    weights, basis = weights.contiguous(), basis.contiguous()
    canvas = weights.new_zeros(len(weights), area)
    with torch.cuda.device_of(weights):
        _splat[_grid(weights, reach)](
            weights,
            basis,
            origin,
            reach,
            canvas,
            weights.shape[1],
            len(basis),
            len(reach),
            area,
            COPIES=_COPIES,
            PIXELS=_PIXELS)
    return canvas


def splat_adjoint(grad: Tensor, weights: Tensor, basis: Tensor, origin: Tensor,
                  reach: Tensor) -> tuple[Tensor, Tensor]:
    """See :func:`mmadvrain.rain.streak_op.splat_adjoint`."""
    grad = grad.contiguous()
    weights, basis = weights.contiguous(), basis.contiguous()
    found = torch.zeros_like(weights), torch.zeros_like(basis)
    with torch.cuda.device_of(weights):
        _splat_adjoint[_grid(weights, reach)](
            grad,
            weights,
            basis,
            origin,
            reach,
            *found,
            weights.shape[1],
            len(basis),
            len(reach),
            grad.shape[1],
            COPIES=_COPIES,
            PIXELS=_PIXELS)
    return found
