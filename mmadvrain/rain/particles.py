import math

import torch
from torch import Tensor

from mmadvrain.functional.linear_light import srgb_to_linear
from mmadvrain.functional.pixel_space import image_hw
from mmadvrain.registry import TASK_UTILS
from mmadvrain.typing import Image, SizeHW

from .camera import Camera, check_exposure, find_camera
from .drop_splat import drop_cover
from .drops import LIGHT, Drops
from .light import (
    BLENDS,
    airlight,
    blend_energy,
    blend_halder,
    drop_light,
    halder_veil,
    lay_veil,
)
from .physics import (
    EXTINCTIONS,
    LARGEST_MM,
    extinction,
    slope,
    terminal_speed,
    visible_drops,
)
from .quantities import (
    check_positive,
    check_rate,
    check_width,
    check_wind,
    check_within,
)

VEILS = (None, 'ground', 'depth')
NEAREST_M = 0.1
"""Least depth of a drop; nearer than that is the lens."""


@TASK_UTILS.register_module()
class ParticleRain:
    """Rain in units: drops in a camera's frustum, and the image they make.

    Drops are uniform in space at terminal speed, with diameters of the
    Marshall-Palmer law, so nothing is simulated.

    Args:
        rate_mm_h: Rain rate in mm/h. Defaults to 25.
        camera: A preset's name, the arguments of :class:`Camera`, or a camera.
            Its angle of view is kept on images of other sizes. Defaults to
            ``'coco'``.
        wind_m_s: Wind to the right and towards the camera. Defaults to (0, 0).
        exposure_s: Exposure time in seconds; None is the camera's.
        min_width_px: Least width of a streak, in pixels; finer ones are left
            to the veil. Defaults to 0.5.
        blend: ``'energy'`` conserves energy, ``'halder'`` is what the code of
            rain-rendering does, see :mod:`mmadvrain.rain.light`. Defaults to
            ``'energy'``.
        veil: Depth of the veil: None for none, ``'ground'`` of flat ground
            below the horizon, ``'depth'`` of a map that is given with each
            image. Defaults to None.
        extinction_model: See :func:`mmadvrain.rain.physics.extinction`.
            Defaults to ``'weber'``.
        daylight: Share of the image's light that is left, in (0, 1]; 0.03
            makes night. Defaults to 1.
        lamp: Light that drops send back of a lamp outside the image, as a
            share of white in [0, 1]. Defaults to 0.
        sky: Share of a drop's field of view that is as bright as the air, in
            [0, 1]. Defaults to 0.5.
        fog_visibility_m: Distance at which fog leaves 5 percent of contrast
            (Koschmieder), at least 10; over flat ground, or by the map of
            ``veil='depth'``. None is no fog. Defaults to None.

    Raises:
        TypeError: If something that must be is no number.
        ValueError: If a number is out of range or a name unknown, or light or
            fog are asked for with ``blend='halder'``, which has its own.
    """

    def __init__(self,
                 rate_mm_h: float = 25.,
                 camera: str | dict | Camera = 'coco',
                 wind_m_s: tuple[float, float] = (0., 0.),
                 exposure_s: float | None = None,
                 min_width_px: float = 0.5,
                 blend: str = 'energy',
                 veil: str | None = None,
                 extinction_model: str = 'weber',
                 daylight: float = 1.,
                 lamp: float = 0.,
                 sky: float = 0.5,
                 fog_visibility_m: float | None = None) -> None:
        check_rate(rate_mm_h)
        check_wind(wind_m_s)
        check_width(min_width_px)
        for name, value, known in (('blend', blend, BLENDS), ('veil', veil,
                                                              VEILS),
                                   ('extinction_model', extinction_model,
                                    EXTINCTIONS)):
            if value not in known:
                raise ValueError(
                    f'`{name}` must be one of {known}, but got {value!r}')
        self.rate_mm_h = rate_mm_h
        self.camera = find_camera(camera)
        self.wind_m_s = (wind_m_s[0], wind_m_s[1])
        self.exposure_s = check_exposure(
            self.camera.exposure_s if exposure_s is None else exposure_s)
        self.min_width_px = min_width_px
        self.blend = blend
        self.veil = veil
        self.extinction_model = extinction_model
        if fog_visibility_m is not None:
            check_positive(fog_visibility_m=fog_visibility_m)
        if fog_visibility_m is not None and fog_visibility_m < 10:
            raise ValueError('`fog_visibility_m` must be None or at least 10 '
                             f'metres, but got {fog_visibility_m}')
        fog = 0. if fog_visibility_m is None else -math.log(
            0.05) / fog_visibility_m * 1e3
        self.light = dict(
            daylight=daylight, lamp=lamp, sky=sky, fog_per_km=fog)
        _check_light(self.light, blend)

    def draw(self, size_hw: SizeHW, generator: torch.Generator) -> Drops:
        """Draw the drops of one image; the same generator, the same bits.

        Args:
            size_hw: Height and width in pixels.
            generator: On the CPU.

        Returns:
            Float32, on the CPU. Drops whose streaks do not reach the image
            are left out.
        """
        camera = self.camera.fitted(size_hw)
        size, depth = self._draw_kinds(camera, generator)
        margin = self._margin_px(camera)
        sides = torch.tensor([camera.width_px, camera.height_px])
        places = torch.rand(
            len(size), 2,
            generator=generator) * (sides + 2 * margin) - margin - 0.5
        drops = Drops(
            places, depth, size, torch.tensor(float(self.rate_mm_h)),
            torch.tensor([float(v) for v in self.wind_m_s]),
            torch.tensor(float(self.exposure_s)), camera, **{
                k: torch.tensor(float(v))
                for k, v in self.light.items()
            })
        if not len(drops):
            return drops
        reach = (
            drops.motions_px().abs() / 2 +
            (drops.widths_px() + 4 * drops.sigmas_px())[:, None])
        near = ((places > -reach) & (places < sides + reach)).all(1)
        return drops.replace(
            places_px=places[near], depth_m=depth[near], size=size[near])

    def _draw_kinds(self, camera: Camera,
                    generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Size and depth of drops in the image and the margin around it."""
        if not self.rate_mm_h:
            return torch.zeros(0), torch.zeros(0)
        margin = self._margin_px(camera)
        mean = visible_drops(camera, self.rate_mm_h, self.min_width_px)
        mean *= (1 + 2 * margin / camera.width_px) * (
            1 + 2 * margin / camera.height_px)
        count = int(
            torch.poisson(
                torch.tensor(mean, dtype=torch.float64), generator=generator))
        # seen to the depth f D / w: diameters by D^3 N(D), a gamma law
        draws = torch.rand(5, count, generator=generator, dtype=torch.float64)
        size = -torch.log1p(-draws[:4]).sum(0)
        diameter = size / slope(float(self.rate_mm_h))
        farthest = camera.focal_px * diameter * 1e-3 / self.min_width_px
        depth = farthest * draws[4]**(1 / 3)
        kept = (depth >= NEAREST_M) & (diameter <= LARGEST_MM)
        return size[kept].float(), depth[kept].float()

    def _margin_px(self, camera: Camera) -> float:
        """Half of the longest streak that could reach into the image."""
        fastest = float(terminal_speed(torch.tensor(LARGEST_MM)))
        across = math.hypot(fastest, self.wind_m_s[0])
        nearing = abs(camera.speed_m_s + self.wind_m_s[1])
        outward = nearing * max(camera.size_hw) / camera.focal_px
        return 0.5 * camera.focal_px * self.exposure_s * (across +
                                                          outward) / NEAREST_M

    def cover(self, drops: Drops) -> Tensor:
        """Share of the exposure for which drops cover each pixel, (H, W)."""
        return drop_cover(*drops.streaks(), drops.camera.size_hw)

    def check(self, size_hw: SizeHW, depth_m: Tensor | None) -> None:
        """Check, before any work, that the veil has its depth.

        Raises:
            ValueError: If it has none, or one of another size.
        """
        if self.veil == 'depth' and depth_m is None:
            raise ValueError("veil='depth' wants a depth map in metres with "
                             "each image, but got none; veil='ground' takes "
                             'flat ground')
        if depth_m is not None and tuple(depth_m.shape) != tuple(size_hw):
            raise ValueError(
                f'a depth map must have the size of its image, {size_hw}, but '
                f'got {tuple(depth_m.shape)}')

    def render(self,
               image: Image,
               drops: Drops,
               depth_m: Tensor | None = None) -> Image:
        """Rain on an image, differentiable in all that drops are made of.

        Args:
            image: The image.
            drops: Drawn for its size.
            depth_m: Depth map for ``veil='depth'``. Shape (H, W).

        Raises:
            ValueError: If the veil lacks its depth, or the drops are of an
                image of another size.
        """
        size_hw = image_hw(image)
        self.check(size_hw, depth_m)
        if size_hw != drops.camera.size_hw:
            raise ValueError(f'drops of an image of {drops.camera.size_hw} '
                             f'pixels cannot fall on one of {size_hw}')
        return self.compose(image, drops, self.cover(drops), depth_m)

    def compose(self,
                image: Image,
                drops: Drops,
                cover: Tensor,
                depth_m: Tensor | None = None) -> Image:
        """Veil and streaks over an image, given what the streaks cover.

        Args:
            image: The image.
            drops: Give rate, camera and exposure.
            cover: As from :meth:`cover`. Shape (H, W).
            depth_m: As for :meth:`render`.
        """
        if self.blend == 'halder':
            light, air = image, image.mean()
        else:
            light = drops.daylight * srgb_to_linear(image[:, ::2, ::2])
            air = airlight(light)
        lamp = (drop_light(light, air, drops.sky) + drops.lamp).clamp(max=1)
        image = self._veiled(image, drops, depth_m, air)
        cover = cover.to(image)
        if self.blend == 'halder':
            return blend_halder(image, cover, lamp, drops.exposure_s)
        return blend_energy(image, cover, lamp)

    def _veiled(self, image: Image, drops: Drops, depth_m: Tensor | None,
                air: Tensor) -> Image:
        veiled = self.veil is not None and self.rate_mm_h > 0
        if not (veiled or _acts(drops, 'daylight')
                or _acts(drops, 'fog_per_km')):
            return image
        if self.veil != 'depth' or depth_m is None:
            depth_m = drops.camera.ground_depth_m()
        if self.blend == 'halder':
            return halder_veil(image, depth_m, self.rate_mm_h, drops.camera)
        per_km = drops.fog_per_km
        if veiled:
            per_km = per_km + extinction(drops.rate_mm_h,
                                         self.extinction_model)
        return lay_veil(image, depth_m, per_km, air, drops.daylight)


def _acts(drops: Drops, name: str) -> bool:
    """Whether a factor of the light changes the image, or may be asked to."""
    value: Tensor = getattr(drops, name)
    return value.requires_grad or float(value) != LIGHT[name]


def _check_light(light: dict[str, float], blend: str) -> None:
    for name in ('daylight', 'lamp', 'sky'):
        least = 1e-3 if name == 'daylight' else 0.
        check_within(least, 1., **{name: light[name]})
    if blend == 'halder' and light != LIGHT:
        raise ValueError("light and fog want blend='energy', but got "
                         f'{light} with {blend!r}')
