"""The renderer against the literal form, and what its cost grows with."""
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from mmadvrain.rain.factors import RainFactors
from mmadvrain.rain.streaks import render_streaks
from mmadvrain.rain.uniform_factors import UniformFactors

from .literal_streaks import literal_streaks
from .timing import peak_memory, side_by_side

_FLOATS = ('noise', 'theta', 'kernels')
Size = tuple[int, int]


def _drawn(size_hw: Size,
           device: str,
           knots: int | None = 5,
           **options: Any) -> RainFactors:
    init = UniformFactors(knots=knots, **options)
    return init.draw(size_hw, torch.Generator().manual_seed(0)).to(device)


def _both_ways(render: Callable[[RainFactors], Tensor],
               factors: RainFactors) -> None:
    """One layer and its gradient in every factor."""
    leaves = factors.detach()
    values = [getattr(leaves, name).requires_grad_() for name in _FLOATS]
    layer = render(leaves)
    torch.autograd.grad(layer, values, torch.ones_like(layer))


def render_speedup(sizes: Sequence[Size], repeats: int,
                   device: str) -> list[dict[str, Any]]:
    """Literal renderer divided by ours, forward and backward.

    Args:
        sizes: Heights and widths in pixels.
        repeats: Rounds, as far as they fit into half a minute.
        device: Where.

    Returns:
        For every size and both kinds of kernels: seconds, their ratio, and
        peak memory in bytes.
    """
    rows = []
    for size_hw in sizes:
        for kernels, knots in (('smooth', 5), ('literal', None)):
            factors = _drawn(size_hw, device, knots)
            calls: dict[str, Callable[[], Any]] = dict(
                ours=partial(_both_ways, render_streaks, factors),
                literal=partial(_both_ways, literal_streaks, factors))
            seconds = side_by_side(calls, repeats, device, settle=('ours', ))
            row: dict[str, Any] = dict(
                size_hw=list(size_hw),
                kernels=kernels,
                drops=len(factors),
                steps=factors.steps,
                ratio=seconds['literal'] / seconds['ours'])
            row['seconds'] = seconds
            row['peak_bytes'] = {
                name: peak_memory(call, device)
                for name, call in calls.items()
            }
            rows.append(row)
    return rows


def cost_curve(repeats: int, device: str,
               size_hw: Size = (480, 640)) -> dict[str, list]:
    """Seconds of forward and backward over drops, steps and pixels.

    Args:
        repeats: Rounds.
        device: Where.
        size_hw: Height and width in pixels that drops and steps are varied at.

    Returns:
        Under ``drops_x_steps`` the size stays, under ``pixels`` the number of
        drops and steps.
    """

    def timed(factors: list[RainFactors]) -> list[dict[str, Any]]:
        seconds = side_by_side(
            {
                str(i): partial(_both_ways, render_streaks, one)
                for i, one in enumerate(factors)
            }, repeats, device)
        return [
            dict(
                size_hw=list(one.size_hw),
                drops=len(one),
                steps=one.steps,
                drops_x_steps=len(one) * one.steps,
                seconds=seconds[str(i)]) for i, one in enumerate(factors)
        ]

    grown = [
        _drawn(size_hw, device, steps=steps, density=density)
        for density in (0.0025, 0.005, 0.01, 0.02) for steps in (20, 40, 80)
    ]
    spread = [
        _drawn((size_hw[0] * k // 2, size_hw[1] * k // 2),
               device,
               steps=40,
               density=0.005 * 4 / k**2) for k in (1, 2, 4)
    ]
    return dict(drops_x_steps=timed(grown), pixels=timed(spread))
