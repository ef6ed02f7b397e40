import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, ClassVar

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from mmadvrain.typing import PathLike
from mmadvrain.utils.files import atomic_path

from .camera import Camera
from .drop_splat import PIXEL_SIGMA
from .factors import UNREADABLE
from .physics import slope, streak_width_px, terminal_speed

LIGHT = dict(daylight=1., lamp=0., sky=0.5, fog_per_km=0.)
"""Light and air that leave an image and its rain as they are."""

_DRAWN = ('places_px', 'depth_m', 'size', 'rate_mm_h', 'wind_m_s',
          'exposure_s')
_ARRAYS = (*_DRAWN, *LIGHT)


def _plain(name: str) -> Any:
    return field(default_factory=lambda: torch.tensor(LIGHT[name]))


@dataclass(frozen=True, eq=False)
class Drops:
    r"""Falling drops in front of a camera.

    Attributes:
        places_px: Where each stands in the image as (x, y), in the middle of
            the exposure. Shape (P, 2).
        depth_m: Its depth. Shape (P,).
        size: Its diameter times the slope of the Marshall-Palmer law, which
            frees the diameters of the rate: :math:`D = size / \Lambda(R)`.
            Shape (P,).
        rate_mm_h: Rain rate R. Shape ().
        wind_m_s: Wind to the right and towards the camera. Shape (2,).
        exposure_s: Exposure time. Shape ().
        camera: Sees the drops; its own exposure is not read.
        daylight: Share of the image's light that is left: less than 1 makes
            dusk and night. Shape ().
        lamp: Light that drops send back of a lamp outside the image, as a
            share of white. Shape ().
        sky: Share of a drop's field of view that is as bright as the air; the
            rest is as the image's mean. Shape ().
        fog_per_km: Extinction by fog. Shape ().
    """
    places_px: Tensor
    depth_m: Tensor
    size: Tensor
    rate_mm_h: Tensor
    wind_m_s: Tensor
    exposure_s: Tensor
    camera: Camera
    daylight: Tensor = _plain('daylight')
    lamp: Tensor = _plain('lamp')
    sky: Tensor = _plain('sky')
    fog_per_km: Tensor = _plain('fog_per_km')

    suffix: ClassVar[str] = '.safetensors'

    def __post_init__(self) -> None:
        count = len(self.depth_m)
        shapes = ((count, 2), (count, ), (count, ), (), (2, ), (),
                  *[()] * len(LIGHT))
        for name, shape in zip(_ARRAYS, shapes):
            value = getattr(self, name)
            if value.shape != shape or not value.is_floating_point():
                raise ValueError(f'`{name}` must be floats of shape {shape}, '
                                 f'but got {value.dtype} of '
                                 f'{tuple(value.shape)}')

    def __len__(self) -> int:
        """Number of drops P."""
        return len(self.depth_m)

    def diameters_mm(self) -> Tensor:
        """Diameters. Shape (P,)."""
        if not len(self):  # no rain has no law of sizes
            return self.size
        return self.size / slope(self.rate_mm_h)

    def speeds_m_s(self) -> Tensor:
        """Speeds at which the drops fall. Shape (P,)."""
        return terminal_speed(self.diameters_mm())

    def widths_px(self) -> Tensor:
        """Widths of the streaks. Shape (P,)."""
        return streak_width_px(self.diameters_mm(), self.depth_m,
                               self.camera.focal_px)

    def motions_px(self) -> Tensor:
        """How far each drop moves during the exposure, as (x, y).

        What comes towards a camera that moves ahead, or with the wind, runs
        away from the vanishing point: f / Z (u + x s / f, v + y s / f) with
        x and y from there. Shape (P, 2).
        """
        camera = self.camera
        centre = self.places_px.new_tensor(
            [camera.width_px / 2 - 0.5, camera.horizon - 0.5])
        fall = self.speeds_m_s()
        aside = torch.stack((self.wind_m_s[0].expand_as(fall), fall), 1)
        nearing = camera.speed_m_s + self.wind_m_s[1]
        moved = camera.focal_px * aside + (self.places_px - centre) * nearing
        return moved * self.exposure_s / self.depth_m[:, None]

    def sigmas_px(self) -> Tensor:
        """Blur of pixel and defocus: a disc of c has c / 4. Shape (P,)."""
        defocus = self.camera.blur_px(self.depth_m) / 4
        return (defocus.square() + PIXEL_SIGMA**2).sqrt()

    def streaks(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """What :func:`mmadvrain.rain.drop_splat.drop_cover` draws."""
        return (self.places_px, self.motions_px(), self.widths_px(),
                self.sigmas_px())

    def replace(self, **changes: Any) -> 'Drops':
        """New drops in which the named fields are changed."""
        return replace(self, **changes)

    def _map(self, function: Callable[[Tensor], Tensor]) -> 'Drops':
        return self.replace(
            **{name: function(getattr(self, name))
               for name in _ARRAYS})

    def detach(self) -> 'Drops':
        """The same values outside the autograd graph."""
        return self._map(torch.detach)

    def to(self, target: torch.device | torch.dtype | str) -> 'Drops':
        """As :meth:`torch.Tensor.to`."""
        return self._map(lambda value: value.to(target))

    def save(self, path: PathLike) -> None:
        """Write drops and camera to a safetensors file.

        Args:
            path: Where to write; its folder is made.
        """
        tensors = {
            name: getattr(self, name).detach().cpu().contiguous()
            for name in _ARRAYS
        }
        with atomic_path(path) as temporary:
            save_file(tensors, temporary,
                      dict(camera=json.dumps(asdict(self.camera))))

    @classmethod
    def load(cls, path: PathLike) -> 'Drops':
        """Read drops written by :meth:`save`; bit for bit the same.

        Args:
            path: File to read.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If the file does not hold drops.
        """
        if not Path(path).is_file():
            raise FileNotFoundError(f'no file of drops at {path}')
        try:
            with safe_open(path, 'pt') as file:
                about = json.loads((file.metadata() or {})['camera'])
                tensors = {
                    n: file.get_tensor(n).clone()
                    for n in {*_DRAWN, *file.keys()}
                }
            known = {field.name for field in fields(Camera)}
            if set(about) != known:
                raise ValueError(f'a camera has {sorted(known)}, but got '
                                 f'{sorted(about)}')
            return cls(**tensors, camera=Camera(**about))
        except UNREADABLE as error:
            raise ValueError(
                f'{path} is not a file of drops: {error}') from error
