"""One three-dimensional rain for all frames of a video."""
import math

import torch
from torch import Tensor

from mmadvrain.typing import SizeHW

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

_SHIFT = (0.7548776662466927, 0.5698402909980532)
"""Of its box, by which a drop comes back elsewhere (Roberts' R2)."""


class RainVolume:
    """Drops that fall past a moving camera, the same ones at all times.

    Drops of a class of diameters fill a box that the camera carries along, as
    deep as they are seen. What leaves it at one side comes in at the other,
    out of sight and elsewhere, so that no pattern returns.

    Args:
        rain: Rate, wind, exposure, camera, light and how it is rendered.
        size_hw: Height and width of the frames in pixels.
        generator: On the CPU.
    """

    def __init__(self, rain: ParticleRain, size_hw: SizeHW,
                 generator: torch.Generator) -> None:
        self.rain = rain
        self.camera = rain.camera.fitted(size_hw)
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
        """Where drops are in their boxes at first. Shape (P, 3)."""

    def __len__(self) -> int:
        """Number of drops, seen or not."""
        return len(self.diameter_mm)

    def _box(self, diameter_mm: float) -> tuple[float, float, float]:
        """Width, height and depth in metres of what a camera sees of drops."""
        camera = self.camera
        far = camera.focal_px * diameter_mm * 1e-3 / self.rain.min_width_px
        fall = float(terminal_speed(torch.tensor(diameter_mm)))
        # a streak reaches half its length into the image, at both ends
        aside, along = (
            speed * self.rain.exposure_s
            for speed in (abs(self.rain.wind_m_s[0]), fall))
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

    def places_m(self, time_s: float) -> Tensor:
        """Where all drops are, from the camera to the right, down and ahead.

        Args:
            time_s: Time since the first frame.

        Returns:
            Differentiable in ``start_m``. Shape (P, 3).
        """
        aside, towards = self.rain.wind_m_s
        fall = terminal_speed(self.diameter_mm)
        nearing = self.camera.speed_m_s + towards
        speed = torch.stack(
            (torch.full_like(fall, aside), fall, torch.full_like(
                fall, -nearing)), 1)
        share = (self.start_m + speed * time_s) / self.box_m
        x, y, z = share.unbind(1)
        round_z = z.detach().floor()
        x, y = x + round_z * _SHIFT[0], y + round_z * _SHIFT[1]
        x = x + y.detach().floor() * _SHIFT[0]
        inside = torch.stack((x, y, z), 1)
        inside = inside - inside.detach().floor()
        middle = inside.new_tensor([.5, .5, 0.])
        return (inside - middle) * self.box_m

    def at(self, time_s: float) -> tuple[Drops, Tensor]:
        """Drops that are seen at a time.

        Args:
            time_s: Middle of the exposure, since the first frame.

        Returns:
            The drops, float32, and which of the volume they are, of shape
            (V,).
        """
        camera, rain = self.camera, self.rain
        right, down, ahead = self.places_m(time_s).unbind(1)
        scale = camera.focal_px / ahead.clamp(min=1e-9)
        places = torch.stack((camera.width_px / 2 - .5 + right * scale,
                              camera.horizon - .5 + down * scale), 1)
        size = self.diameter_mm * slope(float(rain.rate_mm_h or 1.))
        width = streak_width_px(self.diameter_mm, ahead.clamp(min=1e-9),
                                camera.focal_px)
        kept = ((ahead >= NEAREST_M) &
                (width >= rain.min_width_px)).nonzero()[:, 0]
        drops = Drops(
            places[kept].float(), ahead[kept].float(), size[kept].float(),
            torch.tensor(float(rain.rate_mm_h)),
            torch.tensor([float(v) for v in rain.wind_m_s]),
            torch.tensor(float(rain.exposure_s)), camera, **{
                k: torch.tensor(float(v))
                for k, v in rain.light.items()
            })
        reach = drops.motions_px().detach().abs() / 2 + (
            drops.widths_px() + 4 * drops.sigmas_px()).detach()[:, None]
        sides = torch.tensor([camera.width_px, camera.height_px])
        near = ((drops.places_px > -reach) &
                (drops.places_px < sides + reach)).all(1)
        return drops.replace(
            places_px=drops.places_px[near],
            depth_m=drops.depth_m[near],
            size=drops.size[near]), kept[near]
