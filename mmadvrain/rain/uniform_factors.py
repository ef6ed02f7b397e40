import copy
import math
from dataclasses import replace

import torch

from mmadvrain.registry import TASK_UTILS
from mmadvrain.typing import SizeHW

from .bounds import RainBounds, energy_kernels, project_theta
from .factors import RainFactors
from .streaks import auto_steps


@TASK_UTILS.register_module()
class UniformFactors:
    r"""Draw the factors of a random rain layer.

    Source: section 3.1 of the paper: drops uniform over the image without
    replacement, :math:`P = \lfloor\epsilon_n M\rfloor`, values from
    :math:`U(a, b)`. The paper does not say how theta and K start. Here the
    streaks of an image share one length and tilt, each drop has one
    brightness, and its profile fades towards both ends.

    Args:
        density: Drops per pixel, :math:`\epsilon_n`. Defaults to 0.005.
        bounds: Box of the factors. The default adds to the paper's numbers a
            tilt limit of 25 degrees, a least length, and a least brightness,
            so that no drop is hidden and the area of the rain stays what it
            was.
        length: Range of the downward translation theta_y, drawn uniformly.
            Defaults to (0.1, 0.2).
        tilt_deg: Largest tilt at the start, drawn uniformly from plus to minus
            this, in degrees. Defaults to 15.
        brightness: Range of a drop's brightness, as a share of the largest
            kernel weight allowed. Defaults to (0.3, 0.8).
        knots: Knots of the smooth, achromatic profiles; None gives the literal
            kernels, one weight a step and channel, each scattered by
            ``spread``. Defaults to 5.
        spread: Relative scatter of literal kernels around the drop's
            brightness, in [0, 1]. Defaults to 0.5.
        steps: Number of exposure steps; ``'auto'`` takes the least one without
            gaps, see :func:`mmadvrain.rain.streaks.auto_steps`. Defaults to
            ``'auto'``.
        contrast: Of a drop, in (0, 1]: ``kernels`` are bounded by what
            conserves energy in place of ``bounds``, see
            :func:`mmadvrain.rain.bounds.energy_kernels`. None keeps the
            bounds. Defaults to None.

    Raises:
        ValueError: If a range is empty or out of bounds.
    """

    def __init__(
        self,
        density: float = 0.005,
        bounds: RainBounds | dict = RainBounds(
            kernels=(0.06, 0.3), tilt_deg=25., theta_y_min=0.08),
        length: tuple[float, float] = (0.1, 0.2),
        tilt_deg: float = 15.,
        brightness: tuple[float, float] = (0.3, 0.8),
        knots: int | None = 5,
        spread: float = 0.5,
        steps: int | str = 'auto',
        contrast: float | None = None,
    ) -> None:
        if not 0 <= density <= 1:
            raise ValueError(f'`density`, drops per pixel, must be in [0, 1],'
                             f' but got {density}')
        self.density = density
        self.bounds = RainBounds(
            **bounds) if isinstance(bounds, dict) else bounds
        if not 0 <= length[0] <= length[1] <= self.bounds.theta:
            raise ValueError(
                f'`length` must be an increasing pair within [0, '
                f'{self.bounds.theta}], the bound of theta, but got {length}')
        if not 0 <= brightness[0] <= brightness[1] <= 1:
            raise ValueError('`brightness` must be an increasing pair within '
                             f'[0, 1], but got {brightness}')
        if not 0 <= tilt_deg < 90:
            raise ValueError(
                f'`tilt_deg` must be in [0, 90), but got {tilt_deg}')
        if knots is not None and knots < 1:
            raise ValueError(f'`knots` must be None or positive, got {knots}')
        if not 0 <= spread <= 1:
            raise ValueError(f'`spread` must be in [0, 1], but got {spread}')
        if steps != 'auto' and (not isinstance(steps, int) or steps < 1):
            raise ValueError("`steps` must be 'auto' or a positive int, but "
                             f'got {steps!r}')
        if contrast is not None and not 0 < contrast <= 1:
            raise ValueError('`contrast` must be None or in (0, 1], but got '
                             f'{contrast}')
        self.contrast = contrast
        self.length = length
        self.tilt_deg = tilt_deg
        self.brightness = brightness
        self.knots = knots
        self.spread = spread
        self.steps = steps

    def num_steps(self, size_hw: SizeHW) -> int:
        """Number of exposure steps for an image of this size."""
        if self.steps != 'auto':
            return int(self.steps)
        longest = self.bounds.theta
        aside = longest
        if self.bounds.tilt_deg is not None:
            aside = min(
                longest, longest * size_hw[0] / size_hw[1] *
                math.tan(math.radians(self.bounds.tilt_deg)))
        return auto_steps(size_hw, (aside, longest))

    def in_part(self, part_hw: SizeHW, view_hw: SizeHW) -> 'UniformFactors':
        """The same rain for a part of a larger view.

        A translation is a share of the image, so that of the part is as much
        larger as the part is smaller: angle and length in pixels, and how many
        steps an exposure has, are those of the view.

        Args:
            part_hw: Height and width of the part, in pixels.
            view_hw: Of the view.
        """
        part, scale = copy.copy(self), view_hw[0] / part_hw[0]
        part.bounds = replace(
            self.bounds,
            theta=scale * self.bounds.theta,
            theta_y_min=scale * self.bounds.theta_y_min)
        part.length = (scale * self.length[0], scale * self.length[1])
        part.steps = self.num_steps(view_hw)
        return part

    def draw(self,
             size_hw: SizeHW,
             generator: torch.Generator,
             num_drops: int | None = None) -> RainFactors:
        """Draw factors for one image; the same generator, the same bits.

        Args:
            size_hw: Height and width in pixels.
            generator: On the CPU.
            num_drops: Number of drops in place of :math:`\\lfloor density
                \\cdot M\\rfloor`.

        Returns:
            Float32, on the CPU.
        """
        height, width = size_hw
        most = height * width
        if num_drops is None:  # 0.29 * 100 is a little less than 29
            num_drops = math.floor(self.density * most + 1e-9)
        drops = min(num_drops, most)
        steps = self.num_steps(size_hw)
        bounds = self.bounds if self.contrast is None else replace(
            self.bounds, kernels=energy_kernels(steps, self.contrast))

        def uniform(low: float, high: float, *shape: int) -> torch.Tensor:
            return low + (high - low) * torch.rand(shape, generator=generator)

        theta_y = uniform(*self.length, 1)
        slope = torch.tan(
            torch.deg2rad(uniform(-self.tilt_deg, self.tilt_deg, 1)))
        theta = torch.cat((theta_y * slope * height / width, theta_y))
        theta = project_theta(theta, bounds, size_hw)
        place = torch.randperm(most, generator=generator)[:drops]
        positions = torch.stack((place // width, place % width), 1)
        noise = uniform(*bounds.noise, drops).clamp(*bounds.noise)
        largest = bounds.kernels[1]
        brightness = largest * uniform(*self.brightness, drops)
        if self.knots is None:
            scatter = uniform(-self.spread, self.spread, drops, steps + 1, 3)
            kernels = brightness[:, None, None] * (1 + scatter)
        else:
            kernels = brightness[:, None] * self._fade(self.knots)
        return RainFactors(
            positions,
            noise,
            theta,
            kernels.clamp(*bounds.kernels),
            size_hw,
            bounds=bounds,
            steps=steps,
            channels=3)

    @staticmethod
    def _fade(knots: int) -> torch.Tensor:
        fade = torch.ones(knots)
        if knots > 2:
            fade[[0, -1]] = 0.5
        return fade
