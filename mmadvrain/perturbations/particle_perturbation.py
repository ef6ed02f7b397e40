from collections.abc import MutableMapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from mmadvrain.functional.pixel_space import image_hw
from mmadvrain.rain.drop_splat import drop_gain
from mmadvrain.rain.drops import LIGHT, Drops
from mmadvrain.rain.magnitude import measure_rain
from mmadvrain.rain.particles import ParticleRain
from mmadvrain.rain.rain_volume import ROBERTS
from mmadvrain.registry import TASK_UTILS, build_part
from mmadvrain.typing import Image

from .base_perturbation import BasePerturbation

_MOVED = ('places_px', 'wind_m_s', 'exposure_s', *LIGHT)


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
            ``wind_m_s``, ``exposure_s``; and ``daylight``, ``lamp``, ``sky``
            and ``fog_per_km``, see :class:`Drops`. What is not named stays as
            drawn.
            Defaults to ``dict(places_px=1., wind_m_s=0.5)``.
        candidates: Places, spread over the whole image, that each drop looks
            at after each step; it jumps to the one where the gradient says
            that it does most harm. 0 lets it only step. Defaults to 0.
        max_wind_m_s: Largest wind, to either side and along the line of sight.
            Defaults to 10.
        exposure_range_s: Least and largest exposure in seconds. None keeps it
            as drawn. Defaults to None.
        light_ranges: Least and largest value of what is attacked of the
            light, by name. Defaults to None, which is all as drawn.

    Raises:
        ValueError: If a step has an unknown name or is negative, or a range is
            empty or excludes what is drawn.
    """

    def __init__(
            self,
            rain: ParticleRain | dict | None = None,
            step_sizes: dict[str, float] | None = None,
            candidates: int = 0,
            max_wind_m_s: float = 10.,
            exposure_range_s: tuple[float, float] | None = None,
            light_ranges: dict[str, tuple[float, float]] | None = None
    ) -> None:
        if step_sizes is None:
            step_sizes = dict(places_px=1., wind_m_s=0.5)
        self.rain = rain_to_attack(rain, step_sizes, _MOVED, candidates,
                                   max_wind_m_s)
        drawn = self.rain.exposure_s
        low, high = exposure_range_s or (drawn, drawn)
        if not 0 < low <= drawn <= high <= 1:
            raise ValueError('`exposure_range_s` must be (least, largest) '
                             f"around the rain's exposure of {drawn} s, but "
                             f'got {exposure_range_s}')
        self.step_sizes = dict(step_sizes)
        self.candidates = candidates
        self.max_wind_m_s = max_wind_m_s
        self.exposure_range_s = (low, high)
        self.light_ranges = _light_ranges(light_ranges or {}, self.rain)
        self._clean: MutableMapping[Drops, Image] = WeakKeyDictionary()

    def __getstate__(self) -> dict[str, object]:
        """What another process gets: all but the images under attack."""
        return {k: v for k, v in vars(self).items() if k != '_clean'}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state, _clean=WeakKeyDictionary())

    def begin(self, clean: Image, generator: torch.Generator) -> Drops:
        """Draw the drops that an attack on this image starts from."""
        drops = self.rain.draw(image_hw(clean), generator).to(clean.device)
        self._clean[drops] = clean
        return drops

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
        drops = params.detach()
        if self.candidates and len(drops):
            harm = harm_of_cover(self.rain, self._clean[initial], drops,
                                 self.rain.cover(drops), direction)
            changes.update(
                places_px=self._jump(drops, initial, harm, step,
                                     changes.get('places_px')))
        return self._project(drops.replace(**changes), initial)

    def _jump(self, drops: Drops, initial: Drops, harm: Tensor, step: int,
              stepped: Tensor | None) -> Tensor:
        """Best of a drop's place and its candidates; (P, 2).

        All drops look by the same shifts from where they were drawn, which is
        anywhere, so they do not gather at one place.
        """
        height, width = drops.camera.size_hw
        here = drops.places_px
        sides = here.new_tensor([width, height])
        ranks = torch.arange(
            self.candidates).to(here) + (step - 1) * self.candidates + 1
        shifts = ranks[:, None] * here.new_tensor(ROBERTS)
        start = (initial.places_px + 0.5) / sides
        others = (start + shifts[:, None]) % 1 * sides - 0.5
        places = torch.cat((here[None], others))
        many = len(places)
        gains = drop_gain(
            harm,
            *drops.replace(
                places_px=places.flatten(0, 1),
                depth_m=drops.depth_m.repeat(many),
                size=drops.size.repeat(many)).streaks()).view(many, -1)
        best = gains.argmin(0)
        chosen = places[best, torch.arange(len(best), device=best.device)]
        if stepped is None:
            return chosen
        return torch.where((best == 0)[:, None], stepped, chosen)

    def _project(self, drops: Drops, initial: Drops) -> Drops:
        """Keep drops in the frustum, wind and exposure in their ranges.

        A drop that was drawn outside, with a streak that reaches in, stays
        where it was, so that no rain is added.
        """
        height, width = drops.camera.size_hw
        first = initial.places_px
        low = first.new_tensor([-0.5, -0.5])
        high = first.new_tensor([width - 0.5, height - 0.5])
        drawn_in = ((first >= low) & (first <= high)).all(1, keepdim=True)
        places = torch.minimum(torch.maximum(drops.places_px, low), high)
        return drops.replace(
            places_px=torch.where(drawn_in, places, first),
            wind_m_s=drops.wind_m_s.clamp(-self.max_wind_m_s,
                                          self.max_wind_m_s),
            exposure_s=drops.exposure_s.clamp(*self.exposure_range_s),
            **{
                name: getattr(drops, name).clamp(*limits)
                for name, limits in self.light_ranges.items()
            })

    def random_like(self,
                    params: Drops,
                    generator: torch.Generator,
                    measure: str | None = None) -> Drops:
        """Other drops of the same rate, in the weather and light found.

        Args:
            params: Rain to match.
            generator: Private to this image, on the CPU.
            measure: None; the rate matches, and nothing else can.
        """
        drawn = self.rain.draw(params.camera.size_hw, generator)
        return drawn.replace(
            **{
                name: getattr(params, name).detach().cpu()
                for name in _MOVED if name != 'places_px'
            })

    def magnitude(self, params: Drops) -> dict[str, float]:
        """Measure the cover, number of drops, rate, wind and exposure."""
        aside, along = params.wind_m_s.tolist()
        return dict(
            measure_rain(self.rain.cover(params)[None]),
            drops=float(len(params)),
            rate_mm_h=float(params.rate_mm_h),
            wind_aside_m_s=aside,
            wind_along_m_s=along,
            exposure_s=float(params.exposure_s),
            **{name: float(getattr(params, name))
               for name in LIGHT})

    def picture(self,
                params: Drops,
                image: Image,
                clean: Image,
                gain: float = 1.) -> Image:
        """Show the cover of the drops; see :class:`BasePerturbation`."""
        cover = (gain * self.rain.cover(params)).clamp(0, 1)
        return cover.expand(3, -1, -1)

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


def rain_to_attack(rain: ParticleRain | dict | None,
                   step_sizes: dict[str, float], moved: Sequence[str],
                   candidates: int, max_wind_m_s: float) -> ParticleRain:
    """Build physical rain, and check how it is to be attacked.

    Args:
        rain: As for :class:`ParticlePerturbation`, as all below.
        step_sizes: See above.
        moved: Names that steps may have.
        candidates: See above.
        max_wind_m_s: See above.

    Raises:
        ValueError: If a step has another name or is negative, the wind's range
            excludes what is drawn, or the rain wants depth maps.
    """
    built: ParticleRain = ParticleRain() if rain is None else build_part(
        rain, ParticleRain)
    if built.veil == 'depth':
        raise ValueError("an attack gets no depth maps, as veil='depth' "
                         "wants them: wanted veil='ground' or None")
    for name, size in step_sizes.items():
        if name not in moved or not size >= 0:
            raise ValueError(f'`step_sizes` gives steps of {moved}, not '
                             f'negative, but got {name}={size}')
    if candidates < 0:
        raise ValueError('`candidates` must not be negative, but got '
                         f'{candidates}')
    if not max(map(abs, built.wind_m_s)) <= max_wind_m_s:
        raise ValueError(f'`max_wind_m_s` must allow the wind of the rain,'
                         f' {built.wind_m_s}, but got {max_wind_m_s}')
    return built


def harm_of_cover(rain: ParticleRain, clean: Image, drops: Drops,
                  cover: Tensor, direction: Tensor) -> Tensor:
    """Derivative of an image along a direction by the cover of each pixel.

    A pixel that no streak covers has one, too, so it gets some cover.

    Args:
        rain: How drops are rendered.
        clean: The image.
        drops: Give weather and light.
        cover: As from :meth:`ParticleRain.cover`. Shape (H, W).
        direction: Shape (3, H, W).

    Returns:
        Shape (H, W).
    """
    leaf = cover.detach().clamp(min=1e-9).requires_grad_()
    with torch.enable_grad():
        image = rain.compose(clean, drops, leaf)
    harm, = torch.autograd.grad(image, leaf, direction)
    return harm


def _light_ranges(ranges: dict[str, tuple[float, float]],
                  rain: ParticleRain) -> dict[str, tuple[float, float]]:
    """Range of each factor of the light; what is not named stays as drawn."""
    for name, (low, high) in ranges.items():
        if name not in LIGHT or not 0 <= low <= rain.light[name] <= high:
            raise ValueError(
                f'`light_ranges` gives ranges of {list(LIGHT)} around what is '
                f'drawn, {rain.light}, but got {name}={(low, high)}')
    if ranges and rain.blend == 'halder':
        raise ValueError("light and fog want blend='energy', but got "
                         f'{rain.blend!r}')
    return {k: ranges.get(k, (v, v)) for k, v in rain.light.items()}
