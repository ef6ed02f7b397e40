import copy
import math
from collections.abc import Callable, MutableMapping
from weakref import WeakKeyDictionary

import torch
from torch import Tensor
from typing_extensions import Self

from mmadvrain.functional.gradient import normalise_mean_abs
from mmadvrain.functional.pixel_space import image_hw
from mmadvrain.functional.projections import project_mean
from mmadvrain.rain.camera import Camera, find_camera
from mmadvrain.rain.compose import check_compose_model, compose_rain
from mmadvrain.rain.factors import RainFactors
from mmadvrain.rain.magnitude import MAGNITUDES, measure_rain, rain_brightness
from mmadvrain.rain.streaks import (
    brightness_weights,
    render_streaks,
    render_window,
)
from mmadvrain.rain.uniform_factors import UniformFactors
from mmadvrain.rain.weather import describe_rain
from mmadvrain.registry import TASK_UTILS, build_part
from mmadvrain.typing import Image, SizeHW

from .base_perturbation import BasePerturbation
from .relocation import BaseRelocation

_FACTORS = ('noise', 'theta', 'kernels')
_STEPS: dict[str, Callable[[Tensor], Tensor]] = dict(
    sign=torch.sign, gradient=normalise_mean_abs)


@TASK_UTILS.register_module()
class RainPerturbation(BasePerturbation[RainFactors]):
    """The paper's perturbation: a rain layer whose factors are optimised.

    Source: Eqs. (1) to (4) of the paper.

    Args:
        init: How the factors start. None means :class:`UniformFactors` as it
            is. Defaults to None.
        step_sizes: Step of each factor, by name, in the factor's own unit.
            Factors not named stay as drawn. Defaults to ``dict(noise=0.03,
            theta=0.01, kernels=0.03)``.
        step_by: What a factor steps by: the ``'sign'`` of each number of its
            gradient, or its ``'gradient'`` divided by the mean magnitude, so
            that numbers step by the step size on average. Defaults to
            ``'sign'``.
        step_decay: Share of the step size that is left at the last step,
            reached linearly. Defaults to 1.0, constant steps.
        brightness_budget: Largest mean brightness of the layer, as a multiple
            of what it had at the start. Kernels are dimmed where it is
            exceeded, also if they take no step of their own. None sets no
            limit. Defaults to None.
        relocation: How drops move. None keeps the positions that were drawn.
            Defaults to None.
        compose: Rain synthesis model, see
            :func:`mmadvrain.rain.compose.compose_rain`. Defaults to
            ``'additive'``.
        match: In what random rain equals adversarial rain, see
            :meth:`random_like`: ``'area'`` of the binary rain map (the paper),
            ``'l2'`` or mean ``'brightness'`` of the layer. Area alone can hide
            a brighter layer. Defaults to ``'area'``.
        camera: What the images were taken with, see
            :func:`mmadvrain.rain.camera.find_camera`. Its rain is measured in
            units as well, see :func:`describe_rain`, and
            ``implausible_rain`` is raised. Defaults to None.

    Raises:
        ValueError: If a factor, synthesis model or measure does not exist, or
            a step size is negative.
    """

    measures = tuple(MAGNITUDES)
    #: Streaks that leave the image come in on its other side, as in a part of
    #: a larger view.
    wraps = False

    def __init__(
        self,
        init: UniformFactors | dict | None = None,
        step_sizes: dict[str, float] | None = None,
        step_by: str = 'sign',
        step_decay: float = 1.0,
        brightness_budget: float | None = None,
        relocation: BaseRelocation | dict | None = None,
        compose: str = 'additive',
        match: str = 'area',
        camera: str | dict | Camera | None = None,
    ) -> None:
        if step_sizes is None:
            step_sizes = dict(noise=0.03, theta=0.01, kernels=0.03)
        for name, size in step_sizes.items():
            if name not in _FACTORS:
                raise ValueError(f'`step_sizes` names the factors {_FACTORS},'
                                 f' but got {name!r}')
            if size < 0:
                raise ValueError(
                    f'step size of {name} must not be negative, got {size}')
        if step_by not in _STEPS:
            raise ValueError(f'`step_by` must be one of {sorted(_STEPS)}, '
                             f'but got {step_by!r}')
        if brightness_budget is not None and not brightness_budget > 0:
            raise ValueError('`brightness_budget` must be None or positive, '
                             f'but got {brightness_budget}')
        if not 0 <= step_decay <= 1:
            raise ValueError(
                f'`step_decay` must be in [0, 1], but got {step_decay}')
        if init is None:
            init = UniformFactors()
        self.init: UniformFactors = TASK_UTILS.build(init) if isinstance(
            init, dict) else init
        self.step_sizes = dict(step_sizes)
        self.step_by = step_by
        self.step_decay = step_decay
        self.brightness_budget = brightness_budget
        self.relocation = None if relocation is None else build_part(
            relocation, BaseRelocation)
        self.compose = check_compose_model(compose)
        if match not in MAGNITUDES:
            raise ValueError(f'`match` must be one of {sorted(MAGNITUDES)}, '
                             f'but got {match!r}')
        self.match = match
        self.camera = None if camera is None else find_camera(camera)
        self._known: MutableMapping[RainFactors, float] = \
            WeakKeyDictionary()

    def __getstate__(self) -> dict[str, object]:
        """What another process gets: all but what is known of factors."""
        return {k: v for k, v in vars(self).items() if k != '_known'}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state, _known=WeakKeyDictionary())

    def begin(self, clean: Tensor, generator: torch.Generator) -> RainFactors:
        """Draw the factors that an attack on this image starts from.

        Args:
            clean: RGB in [0, 1]. Shape (3, H, W).
            generator: Private to this image, on the CPU.
        """
        factors = self.init.draw(image_hw(clean), generator)
        return factors.to(clean.device)

    def perturb(self, clean: Tensor, factors: RainFactors) -> Tensor:
        """Rainy image, differentiable in the factors.

        Args:
            clean: RGB in [0, 1]. Shape (3, H, W).
            factors: Its rain.

        Returns:
            RGB in [0, 1]. Shape (3, H, W).
        """
        return compose_rain(clean, self.layer(factors), self.compose)

    def layer(self, factors: RainFactors) -> Tensor:
        """The rain layer, not negative. Shape (3, H, W)."""
        if self.wraps:
            return render_window(factors, (0, 0), factors.size_hw)
        return render_streaks(factors)

    def in_part(self, part_hw: SizeHW, view_hw: SizeHW) -> Self:
        """The same perturbation for a part of a larger view.

        Args:
            part_hw: Height and width of the part, in pixels.
            view_hw: Of the view, whose streaks are as long, in pixels, as in
                the part.
        """
        part, scale = copy.copy(self), view_hw[0] / part_hw[0]
        part.init, part.wraps = self.init.in_part(part_hw, view_hw), True
        part.step_sizes = {
            name: size * (scale if name == 'theta' else 1)
            for name, size in self.step_sizes.items()
        }
        part._known = WeakKeyDictionary()
        return part

    def require_grad(self, factors: RainFactors) -> RainFactors:
        """The same factors as new leaves of the autograd graph."""
        factors = factors.detach()
        for name in self.step_sizes:
            getattr(factors, name).requires_grad_()
        return factors

    def descend(self, factors: RainFactors, initial: RainFactors,
                rainy: Tensor, direction: Tensor, step: int,
                steps: int) -> RainFactors:
        """One step of every factor against an image gradient.

        The gradient is pulled back through composition and renderer (a
        vector-Jacobian product); each factor steps by what arrives, see
        ``step_by``, and is projected on its bounds.

        Args:
            factors: Leaves, as from :meth:`require_grad`.
            initial: Where the attack on this image started.
            rainy: What :meth:`perturb` made of ``factors``.
            direction: Gradient with respect to ``rainy``, after the gradient
                rules. Shape (3, H, W).
            step: Attack step, counted from 1.
            steps: Number of steps of the attack.

        Returns:
            New factors, inside their bounds, without graph.
        """
        names = list(self.step_sizes)
        grads = torch.autograd.grad(
            rainy, [getattr(factors, n)
                    for n in names], direction) if names else ()
        done = (step - 1) / max(steps - 1, 1)
        rate = 1 - (1 - self.step_decay) * done
        changes = {
            name:
            getattr(factors, name).detach() -
            rate * self.step_sizes[name] * _STEPS[self.step_by](grad)
            for name, grad in zip(names, grads)
        }
        stepped = factors.detach().replace(**changes)
        if self.relocation is not None:
            moved = self.relocation.move(stepped, initial.positions, direction,
                                         step)
            if moved is not None:
                stepped = stepped.replace(positions=moved)
        return self.project(stepped, initial)

    def project(self, factors: RainFactors,
                initial: RainFactors) -> RainFactors:
        """Bring factors inside their bounds and the brightness budget."""
        projected = factors.project()
        if self.brightness_budget is None or not len(factors):
            return projected
        weights = brightness_weights(projected)
        budget = self.brightness_budget * self._brightness(initial)
        return projected.replace(
            kernels=project_mean(factors.kernels.detach(), weights, budget, *
                                 factors.bounds.kernels))

    def _brightness(self, initial: RainFactors) -> float:
        """Mean of the layer an attack started from, rendered once."""
        if initial not in self._known:
            self._known[initial] = rain_brightness(self.layer(initial))
        return self._known[initial]

    def random_like(self,
                    factors: RainFactors,
                    generator: torch.Generator,
                    measure: str | None = None,
                    tolerance: float = 0.005) -> RainFactors:
        """Random rain of the same magnitude.

        Source: section 4.2.2 and Table 2 of the paper: the magnitude is the
        area of the binary rain map; ``match`` names other measures. Rain is
        drawn as for the start of an attack, with as many drops as give that
        magnitude.

        Args:
            factors: Rain to match.
            generator: Private to this image, on the CPU.
            measure: One of :attr:`measures`. None is ``match``.
            tolerance: Relative difference that will do. Defaults to 0.005.

        Returns:
            On the CPU.
        """
        magnitude = MAGNITUDES[measure or self.match]
        target = magnitude(self.layer(factors))
        state = generator.get_state()
        best, nearest = factors, math.inf
        fewest, most = 0, 4 * max(len(factors), 1)
        drops = len(factors)
        for _ in range(16):
            generator.set_state(state)
            drawn = self.init.draw(factors.size_hw, generator, drops)
            found = magnitude(self.layer(drawn))
            if abs(found - target) < nearest:
                best, nearest = drawn, abs(found - target)
            if nearest <= tolerance * target or most - fewest < 2:
                break
            if found < target:
                fewest = drops
            else:
                most = drops
            guess = round(drops * target / found) if found else most
            drops = guess if fewest < guess < most else (fewest + most) // 2
        return best

    def magnitude(self, factors: RainFactors) -> dict[str, float]:
        """Measure the layer, and the weather before a known camera."""
        found = measure_rain(self.layer(factors))
        if self.camera is not None:
            weather = describe_rain(factors, self.camera)
            found.update({k: v for k, v in weather.items() if v == v})
        return found

    def picture(self,
                factors: RainFactors,
                image: Image,
                clean: Image,
                gain: float = 1.) -> Image:
        """Show the rain layer; see :class:`BasePerturbation`."""
        return (gain * self.layer(factors)).clamp(0, 1)

    def violations(self,
                   factors: RainFactors,
                   initial: RainFactors,
                   image: Image,
                   clean: Image,
                   tolerance: float = 1e-6) -> list[str]:
        """Check box, number of drops, budget and, in units, brightness."""
        nearest = factors.project()
        apart = [(getattr(factors, name) - getattr(nearest, name)).abs()
                 for name in _FACTORS]
        inside = len(factors) <= len(initial) and all(
            bool((a <= tolerance).all()) for a in apart)
        flags = [] if inside else ['out_of_bounds']
        if self.brightness_budget is not None:
            least = 1e-9  # nothing is brighter than no rain by that much
            budget = self.brightness_budget * self._brightness(initial)
            brightness = rain_brightness(self.layer(factors))
            if brightness > budget * (1 + 1e-4) + least:
                flags += ['over_budget']
        if self.camera is not None and describe_rain(
                factors, self.camera)['implausible']:
            flags += ['implausible_rain']
        return flags
