"""Projections of factors and of noise onto their bounds."""
import math

import torch
from torch import Tensor


def project_mean(values: Tensor,
                 weights: Tensor,
                 budget: float,
                 low: float,
                 high: float,
                 iterations: int = 40) -> Tensor:
    r"""Nearest point of a box whose weighted sum keeps within a budget.

    Euclidean projection onto
    :math:`\{k: low \le k \le high, \langle w, k \rangle \le B\}`: the point
    is :math:`clamp(k - \lambda w)` with the least :math:`\lambda \ge 0` that
    keeps the budget, to rounding. The sum is piecewise linear in
    :math:`\lambda`: Newton's method meets it in a few steps, within a bracket
    that is halved where it leads outside.

    Args:
        values: Point to project. Any shape.
        weights: Not negative. Same shape.
        budget: Largest weighted sum. Where even ``low`` everywhere exceeds it,
            ``low`` everywhere is returned.
        low: Least value.
        high: Largest value.
        iterations: Most steps. Defaults to 40.

    Returns:
        Same shape as ``values``.
    """

    def at(multiplier: float) -> Tensor:
        return (values - multiplier * weights).clamp(low, high)

    point = at(0.)
    if values.numel() == 0:
        return point
    room = budget * torch.finfo(values.dtype).eps
    least, most, multiplier = 0., math.inf, 0.
    total = float((point * weights).sum())
    if total <= budget:
        return point
    if float((low * weights).sum()) > budget:
        return torch.full_like(values, low)
    for _ in range(iterations):
        free = (point > low) & (point < high)
        slope = float((weights * weights * free).sum())
        # a little below, so that rounding seldom lifts it above again
        over = total - budget + 8 * room
        guess = multiplier + over / slope if slope > 0 else math.inf
        if not least < guess < most:
            guess = _between(least, most, (high - low) / float(weights.max()))
        multiplier, point = guess, at(guess)
        total = float((point * weights).sum())
        if total > budget:
            least = multiplier
        else:
            most = multiplier
            if total >= budget - 16 * room:
                return point
    while most == math.inf:
        multiplier *= 2
        if float((at(multiplier) * weights).sum()) <= budget:
            most = multiplier
    return at(most)


def _between(least: float, most: float, unit: float) -> float:
    """A point inside a bracket that may have no end yet."""
    return max(2 * least, unit) if most == math.inf else (least + most) / 2


def project_rms(values: Tensor, limit: float) -> Tensor:
    r"""Scale values down to a largest root mean square.

    Euclidean projection onto a ball. For noise on an image in [0, 1] a limit
    of :math:`10^{-p/20}` is a peak signal-to-noise ratio of at least p dB.

    Args:
        values: Any shape.
        limit: Largest root mean square, not negative.

    Returns:
        Same shape; ``values`` itself where the limit is kept.
    """
    rms = float(values.detach().double().square().mean().sqrt())
    return values * (limit / rms) if rms > limit else values
