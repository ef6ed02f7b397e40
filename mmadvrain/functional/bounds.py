"""Projections of factors and of noise onto their bounds."""
import math
from typing import TYPE_CHECKING, Tuple

import torch
from torch import Tensor

if TYPE_CHECKING:
    from mmadvrain.structures.rain_bounds import RainBounds


def project_theta(theta: Tensor, bounds: 'RainBounds',
                  size_hw: Tuple[int, int]) -> Tensor:
    """Bring a translation inside its box and, if asked, its tilt limit.

    Source: the constraint on theta in Eqs. (3) and (4); the tilt limit keeps
    rain falling (the paper leaves the direction free).

    Args:
        theta (Tensor): (theta_x, theta_y), normalised as in ``affine_grid``.
            Shape (2,).
        bounds (RainBounds): The box and the tilt limit.
        size_hw (tuple[int, int]): Height and width in pixels, since an angle
            is one of pixels.

    Returns:
        Tensor: Shape (2,).
    """
    theta = theta.clamp(-bounds.theta, bounds.theta)
    if bounds.tilt_deg is None:
        return theta
    down = theta[1].clamp(min=bounds.theta_y_min)
    slope = math.tan(math.radians(bounds.tilt_deg))
    limit = down * slope * (size_hw[0] / size_hw[1])
    return torch.stack((torch.minimum(torch.maximum(theta[0], -limit),
                                      limit), down))


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
        values (Tensor): Point to project. Any shape.
        weights (Tensor): Not negative. Same shape.
        budget (float): Largest weighted sum. Where even ``low`` everywhere
            exceeds it, ``low`` everywhere is returned.
        low (float): Least value.
        high (float): Largest value.
        iterations (int): Most steps. Defaults to 40.

    Returns:
        Tensor: Same shape as ``values``.
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
        values (Tensor): Any shape.
        limit (float): Largest root mean square, not negative.

    Returns:
        Tensor: Same shape; ``values`` itself where the limit is kept.
    """
    rms = float(values.detach().double().square().mean().sqrt())
    return values * (limit / rms) if rms > limit else values
