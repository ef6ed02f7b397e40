"""The box that rain factors stay in, and the projection of a translation."""
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from mmadvrain.typing import SizeHW


@dataclass(frozen=True)
class RainBounds:
    r"""Box that the factors of one rain layer have to stay in.

    Source: constraints of Eqs. (3) and (4) of the paper, with the values of
    its section 4.2.1. :math:`\|N\|_0 \le \epsilon_n M` needs no entry here:
    it holds by construction, since drops are never added.

    Args:
        noise: Least and largest value of a drop, the paper's ``(a, b)``.
            Defaults to (0.7, 1.0).
        theta: Largest absolute value of each component of the translation,
            normalised as in ``affine_grid``: 0.2 is a tenth of the image's
            width or height. Defaults to 0.2.
        kernels: Least and largest weight of an exposure step. Defaults to
            (0.0, 0.3).
        tilt_deg: Largest angle between a streak and the vertical, in degrees,
            measured in pixels. A value also makes rain fall downwards
            (``theta_y >= theta_y_min``). None is the paper's box without a
            direction. Defaults to None.
        theta_y_min: Least downward translation, used where ``tilt_deg`` is
            given. Defaults to 0.0.

    Raises:
        ValueError: If a pair of bounds excludes every value.
    """
    noise: tuple[float, float] = (0.7, 1.0)
    theta: float = 0.2
    kernels: tuple[float, float] = (0.0, 0.3)
    tilt_deg: float | None = None
    theta_y_min: float = 0.0

    def __post_init__(self) -> None:
        for name in ('noise', 'kernels'):
            pair = tuple(float(v) for v in getattr(self, name))
            if len(pair) != 2 or not 0 <= pair[0] <= pair[1]:
                raise ValueError(
                    f'bounds of `{name}` must be (low, high) with 0 <= low <= '
                    f'high, but got {getattr(self, name)}')
            object.__setattr__(self, name, pair)
        if not self.theta >= 0:
            raise ValueError(
                f'bound of `theta` must not be negative, but got {self.theta}')
        if self.tilt_deg is not None and not 0 <= self.tilt_deg < 90:
            raise ValueError('`tilt_deg` must be None or in [0, 90), but got '
                             f'{self.tilt_deg}')
        if not 0 <= self.theta_y_min <= self.theta:
            raise ValueError(
                '`theta_y_min` must be in [0, theta], but got theta_y_min='
                f'{self.theta_y_min} with theta={self.theta}')

    def to_dict(self) -> dict:
        """The bounds as plain values, for files and reports."""
        return asdict(self)

    def to_array(self) -> list[float]:
        """The bounds as seven numbers, for a row of a table."""
        tilt_deg = math.nan if self.tilt_deg is None else self.tilt_deg
        return [
            *self.noise, self.theta, *self.kernels, tilt_deg, self.theta_y_min
        ]

    @classmethod
    def from_array(cls, values: Sequence[float]) -> 'RainBounds':
        """Invert :meth:`to_array`.

        Raises:
            ValueError: If the values are not seven, or no bounds.
        """
        low, high, theta, least, most, tilt_deg, theta_y_min = values
        return cls((low, high), theta, (least, most),
                   None if math.isnan(tilt_deg) else tilt_deg, theta_y_min)


def project_theta(theta: Tensor, bounds: RainBounds,
                  size_hw: SizeHW) -> Tensor:
    """Bring a translation inside its box and, if asked, its tilt limit.

    Source: the constraint on theta in Eqs. (3) and (4); the tilt limit keeps
    rain falling (the paper leaves the direction free).

    Args:
        theta: (theta_x, theta_y), normalised as in ``affine_grid``. Shape
            (2,).
        bounds: The box and the tilt limit.
        size_hw: Height and width in pixels, since an angle is one of pixels.

    Returns:
        Shape (2,).
    """
    theta = theta.clamp(-bounds.theta, bounds.theta)
    if bounds.tilt_deg is None:
        return theta
    down = theta[1].clamp(min=bounds.theta_y_min)
    slope = math.tan(math.radians(bounds.tilt_deg))
    limit = down * slope * (size_hw[0] / size_hw[1])
    return torch.stack((torch.minimum(torch.maximum(theta[0], -limit),
                                      limit), down))


def energy_kernels(steps: int, contrast: float) -> tuple[float, float]:
    r"""Bound of ``kernels`` below which no streak is implausible.

    A streak one pixel wide and L long can have a brightness of C / (1 + L),
    and S + 1 exposure steps of weight k leave k (S + 1) / (1 + L) on each of
    its pixels: L drops out, and :math:`k \le C / (S + 1)`.

    Args:
        steps: Number S of exposure steps.
        contrast: Of a drop, C, in (0, 1].
    """
    return 0., contrast / (steps + 1)
