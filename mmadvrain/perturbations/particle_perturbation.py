from typing import Any

import torch
from torch import Tensor

from mmadvrain.functional.pixel_space import image_hw
from mmadvrain.rain.drops import Drops
from mmadvrain.rain.magnitude import measure_rain
from mmadvrain.rain.particles import ParticleRain
from mmadvrain.registry import TASK_UTILS, build_part
from mmadvrain.typing import Image

from .base_perturbation import BasePerturbation

_MOVED = ('places_px', 'wind_m_s', 'exposure_s')


@TASK_UTILS.register_module()
class ParticlePerturbation(BasePerturbation[Drops]):
    """Physical rain, of which drops' places, wind and exposure are attacked.

    Rate, diameters and depths stay as they were drawn, so the law of sizes
    does; what moves is where drops are across the line of sight, and how the
    wind blows. No streak can be brighter than its exposure allows.

    Args:
        rain: How drops are drawn and rendered. None means
            :class:`ParticleRain` as it is. Defaults to None.
        step_sizes: Step of what is attacked, in its own unit: ``places_px``,
            ``wind_m_s``, ``exposure_s``. What is not named stays as drawn.
            Defaults to ``dict(places_px=1., wind_m_s=0.5)``.
        max_wind_m_s: Largest wind, to either side and along the line of sight.
            Defaults to 10.
        exposure_range_s: Least and largest exposure in seconds. None keeps it
            as drawn. Defaults to None.

    Raises:
        ValueError: If a step has an unknown name or is negative, or a range is
            empty or excludes what is drawn.
    """

    def __init__(self,
                 rain: ParticleRain | dict | None = None,
                 step_sizes: dict[str, float] | None = None,
                 max_wind_m_s: float = 10.,
                 exposure_range_s: tuple[float, float] | None = None) -> None:
        self.rain = ParticleRain() if rain is None else build_part(
            rain, ParticleRain)
        if step_sizes is None:
            step_sizes = dict(places_px=1., wind_m_s=0.5)
        for name, size in step_sizes.items():
            if name not in _MOVED or not size >= 0:
                raise ValueError(f'`step_sizes` gives steps of {_MOVED}, not '
                                 f'negative, but got {name}={size}')
        if not max(map(abs, self.rain.wind_m_s)) <= max_wind_m_s:
            raise ValueError(f'`max_wind_m_s` must allow the wind of the rain,'
                             f' {self.rain.wind_m_s}, but got {max_wind_m_s}')
        drawn = self.rain.exposure_s
        low, high = exposure_range_s or (drawn, drawn)
        if not 0 < low <= drawn <= high <= 1:
            raise ValueError('`exposure_range_s` must be (least, largest) '
                             f"around the rain's exposure of {drawn} s, but "
                             f'got {exposure_range_s}')
        self.step_sizes = dict(step_sizes)
        self.max_wind_m_s = max_wind_m_s
        self.exposure_range_s = (low, high)

    def begin(self, clean: Image, generator: torch.Generator) -> Drops:
        """Draw the drops that an attack on this image starts from."""
        drops = self.rain.draw(image_hw(clean), generator)
        return drops.to(clean.device)

    def perturb(self, clean: Image, params: Drops) -> Image:
        """Rainy image, differentiable in places, wind and exposure."""
        return self.rain.render(clean, params)

    def require_grad(self, params: Drops) -> Drops:
        """The same drops as new leaves of the autograd graph."""
        params = params.detach()
        return params.replace(
            **{
                name: getattr(params, name).clone().requires_grad_()
                for name in self.step_sizes
            })

    def descend(self, params: Drops, initial: Drops, drawn: Image,
                direction: Tensor, step: int, steps: int) -> Drops:
        """Step by the sign of what reaches each number, then project."""
        names = list(self.step_sizes)
        grads = torch.autograd.grad(drawn, [getattr(params, n) for n in names],
                                    direction) if names and len(params) else ()
        changes: dict[str, Any] = {
            name:
            getattr(params, name).detach() -
            self.step_sizes[name] * grad.sign()
            for name, grad in zip(names, grads)
        }
        return self._project(params.detach().replace(**changes), initial)

    def _project(self, drops: Drops, initial: Drops) -> Drops:
        """Keep drops in the frustum, wind and exposure in their ranges.

        A drop that was drawn outside, with a streak that reaches in, may stay
        where it was.
        """
        height, width = drops.camera.size_hw
        places = initial.places_px
        last = places.new_tensor([width - 0.5, height - 0.5])
        low, high = places.clamp(max=-0.5), torch.maximum(places, last)
        return drops.replace(
            places_px=torch.minimum(torch.maximum(drops.places_px, low), high),
            wind_m_s=drops.wind_m_s.clamp(-self.max_wind_m_s,
                                          self.max_wind_m_s),
            exposure_s=drops.exposure_s.clamp(*self.exposure_range_s))

    def random_like(self,
                    params: Drops,
                    generator: torch.Generator,
                    measure: str | None = None) -> Drops:
        """Other drops of the same rate, in the wind and at the exposure found.

        Args:
            params: Rain to match.
            generator: Private to this image, on the CPU.
            measure: None; the rate matches, and nothing else can.
        """
        drawn = self.rain.draw(params.camera.size_hw, generator)
        return drawn.replace(
            wind_m_s=params.wind_m_s.detach().cpu(),
            exposure_s=params.exposure_s.detach().cpu())

    def magnitude(self, params: Drops) -> dict[str, float]:
        """Measure the cover, number of drops, rate, wind and exposure."""
        aside, along = params.wind_m_s.tolist()
        return dict(
            measure_rain(self.rain.cover(params)[None]),
            drops=float(len(params)),
            rate_mm_h=float(params.rate_mm_h),
            wind_aside_m_s=aside,
            wind_along_m_s=along,
            exposure_s=float(params.exposure_s))

    def picture(self,
                params: Drops,
                image: Image,
                clean: Image,
                gain: float = 1.) -> Image:
        """Show the cover of the drops; see :class:`BasePerturbation`."""
        return (gain * self.rain.cover(params)[None]).clamp(0, 1)

    def violations(self,
                   params: Drops,
                   initial: Drops,
                   image: Image,
                   clean: Image,
                   tolerance: float = 1e-6) -> list[str]:
        """Check ranges, and that sizes, depths and rate are as drawn."""
        nearest = self._project(params, initial)
        kept = len(params) == len(initial) and all(
            torch.equal(getattr(params, name), getattr(initial, name))
            for name in ('size', 'depth_m', 'rate_mm_h'))
        inside = all(
            bool(((getattr(params, name) -
                   getattr(nearest, name)).abs() <= tolerance).all())
            for name in _MOVED)
        return [] if kept and inside else ['out_of_bounds']
