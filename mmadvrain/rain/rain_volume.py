"""One three-dimensional rain for all frames of a video."""
import copy
import json
import math
from collections.abc import Callable
from dataclasses import asdict
from typing import ClassVar

import torch
from safetensors.torch import save_file
from torch import Tensor

from mmadvrain.typing import PathLike, SizeHW
from mmadvrain.utils.files import atomic_path

from .drops import Drops
from .particles import NEAREST_M, ParticleRain
from .physics import (
    INTERCEPT,
    LARGEST_MM,
    slope,
    streak_width_px,
    terminal_speed,
)

_EDGES_MM = [0.1 * 1.12**i for i in range(38)]
"""Classes of diameters: each has a box as deep as its drops are seen."""

ROBERTS = (0.7548776662466927, 0.5698402909980532)
"""Roberts' R2, whose multiples fill a square evenly: of its box, by which a
drop comes back elsewhere."""

_OF_DROPS = ('diameter_mm', 'box_m', 'start_m')
_ARRAYS = (*_OF_DROPS, 'wind_m_s')


class RainVolume:
    """Drops that fall past a moving camera, the same ones at all times.

    Drops of a class of diameters fill a box that the camera carries along, as
    deep as they are seen. What leaves it at one side comes in at the other,
    out of sight and elsewhere, so that no pattern returns.

    Args:
        rain: Rate, wind, exposure, camera, light and how it is rendered.
        size_hw: Height and width of the frames in pixels.
        generator: On the CPU.
        max_wind_m_s: Largest wind to either side that there is room for; None
            is that of the rain.

    Attributes:
        diameter_mm: Of the drops. Shape (P,).
        box_m: Width, height and depth of each drop's box. Shape (P, 3).
        start_m: Where each is in its box, at time 0. Shape (P, 3).
        wind_m_s: Wind to the right and towards the camera. Shape (2,).
    """
    diameter_mm: Tensor
    box_m: Tensor
    start_m: Tensor
    wind_m_s: Tensor

    suffix: ClassVar[str] = '.safetensors'

    def __init__(self,
                 rain: ParticleRain,
                 size_hw: SizeHW,
                 generator: torch.Generator,
                 max_wind_m_s: float | None = None) -> None:
        self.rain = rain
        self.camera = rain.camera.fitted(size_hw)
        self._room_m_s = abs(
            rain.wind_m_s[0]) if max_wind_m_s is None else max_wind_m_s
        diameters, boxes = [], []
        for low, high in zip(_EDGES_MM, _EDGES_MM[1:]):
            box = self._box(high)
            drawn = self._draw(low, high, math.prod(box), generator)
            diameters.append(drawn)
            boxes.append(
                torch.tensor([box], dtype=torch.float64).expand(len(drawn), 3))
        self.diameter_mm = torch.cat(diameters)
        self.box_m = torch.cat(boxes)
        share = torch.rand(
            len(self.box_m), 3, generator=generator, dtype=torch.float64)
        self.start_m = share * self.box_m
        self.wind_m_s = torch.tensor([float(v) for v in rain.wind_m_s],
                                     dtype=torch.float64)

    def __len__(self) -> int:
        """Number of drops, seen or not."""
        return len(self.diameter_mm)

    def replace(self, **changes: Tensor) -> 'RainVolume':
        """The same rain with other drops, places or wind.

        Args:
            **changes: Of the attributes.
        """
        other = copy.copy(self)
        vars(other).update(changes)
        return other

    def _map(self, function: Callable[[Tensor], Tensor]) -> 'RainVolume':
        return self.replace(
            **{name: function(getattr(self, name))
               for name in _ARRAYS})

    def detach(self) -> 'RainVolume':
        """The same values outside the autograd graph."""
        return self._map(torch.detach)

    def to(self, device: torch.device | str) -> 'RainVolume':
        """The same drops on a device."""
        return self._map(lambda value: value.to(device))

    def picked(self, which: Tensor) -> 'RainVolume':
        """Some of the drops.

        Args:
            which: Their numbers, each as often as it is wanted. Shape (Q,).
        """
        return self.replace(
            **{name: getattr(self, name)[which]
               for name in _OF_DROPS})

    def save(self, path: PathLike) -> None:
        """Write drops, wind and camera to a safetensors file.

        Args:
            path: Where to write; its folder is made.
        """
        tensors = {
            name: getattr(self, name).detach().cpu().contiguous()
            for name in _ARRAYS
        }
        about = dict(
            camera=json.dumps(asdict(self.camera)),
            rate_mm_h=str(self.rain.rate_mm_h),
            exposure_s=str(self.rain.exposure_s))
        with atomic_path(path) as temporary:
            save_file(tensors, temporary, about)

    def _box(self, diameter_mm: float) -> tuple[float, float, float]:
        """Width, height and depth in metres of what a camera sees of drops."""
        camera = self.camera
        far = camera.focal_px * diameter_mm * 1e-3 / self.rain.min_width_px
        fall = float(terminal_speed(torch.tensor(diameter_mm)))
        # a streak reaches half its length into the image, at both ends
        aside, along = (
            speed * self.rain.exposure_s for speed in (self._room_m_s, fall))
        below = max(camera.horizon, camera.height_px - camera.horizon)
        return (far * camera.width_px / camera.focal_px + aside + .02,
                far * 2 * below / camera.focal_px + along + .02, far)

    def _draw(self, low: float, high: float, volume_m3: float,
              generator: torch.Generator) -> Tensor:
        """Diameters of a class by the Marshall-Palmer law."""
        rate = float(self.rain.rate_mm_h)
        if not rate or low >= LARGEST_MM:
            return torch.zeros(0, dtype=torch.float64)
        steepness = slope(rate)
        most = -math.expm1(-steepness * (high - low))
        mean = INTERCEPT / steepness * math.exp(
            -steepness * low) * most * volume_m3
        count = int(
            torch.poisson(
                torch.tensor(mean, dtype=torch.float64), generator=generator))
        share = torch.rand(count, generator=generator, dtype=torch.float64)
        return low - torch.log1p(-share * most) / steepness

    def places_m(self, time_s: float | Tensor) -> Tensor:
        """Where all drops are, from the camera to the right, down and ahead.

        Args:
            time_s: Of all drops, or of each.

        Returns:
            Differentiable in ``start_m`` and ``wind_m_s``. Shape (P, 3).
        """
        fall = terminal_speed(self.diameter_mm)
        aside, towards = self.wind_m_s.unbind()
        nearing = self.camera.speed_m_s + towards
        speed = torch.stack(
            (aside.expand_as(fall), fall, -nearing.expand_as(fall)), 1)
        since = fall.new_tensor(time_s) if isinstance(
            time_s, float) else time_s[:, None]
        share = (self.start_m + speed * since) / self.box_m
        x, y, z = share.unbind(1)
        round_z = z.detach().floor()
        x, y = x + round_z * ROBERTS[0], y + round_z * ROBERTS[1]
        x = x + y.detach().floor() * ROBERTS[0]
        inside = torch.stack((x, y, z), 1)
        inside = inside - inside.detach().floor()
        middle = inside.new_tensor([.5, .5, 0.])
        return (inside - middle) * self.box_m

    def at(self, time_s: float) -> tuple[Drops, Tensor]:
        """Drops that are seen at a time.

        Args:
            time_s: Middle of the exposure.

        Returns:
            The drops, float32, and which of the volume they are, of shape
            (V,).
        """
        camera, rain, wind = self.camera, self.rain, self.wind_m_s
        right, down, ahead = self.places_m(time_s).unbind(1)
        scale = camera.focal_px / ahead.clamp(min=1e-9)
        places = torch.stack((camera.width_px / 2 - .5 + right * scale,
                              camera.horizon - .5 + down * scale), 1)
        size = self.diameter_mm * slope(float(rain.rate_mm_h or 1.))
        width = streak_width_px(self.diameter_mm, ahead.clamp(min=1e-9),
                                camera.focal_px)
        kept = ((ahead >= NEAREST_M) &
                (width >= rain.min_width_px)).nonzero()[:, 0]

        def number(value: float) -> Tensor:
            return torch.tensor(float(value), device=wind.device)

        drops = Drops(places[kept].float(), ahead[kept].float(),
                      size[kept].float(), number(rain.rate_mm_h), wind.float(),
                      number(rain.exposure_s), camera, **{
                          k: number(v)
                          for k, v in rain.light.items()
                      })
        reach = drops.motions_px().detach().abs() / 2 + (
            drops.widths_px() + 4 * drops.sigmas_px()).detach()[:, None]
        sides = reach.new_tensor([camera.width_px, camera.height_px])
        near = ((drops.places_px > -reach) &
                (drops.places_px < sides + reach)).all(1)
        return drops.replace(
            places_px=drops.places_px[near],
            depth_m=drops.depth_m[near],
            size=drops.size[near]), kept[near]
