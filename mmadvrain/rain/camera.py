from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from numbers import Integral
from typing import TypeVar

import torch
from torch import Tensor

from mmadvrain.typing import SizeHW

from .quantities import check_numbers

Exposure = TypeVar('Exposure', bound=float | Tensor)


@dataclass(frozen=True)
class Camera:
    """A pinhole camera in rain, in units.

    Args:
        width_px: Width of its images.
        height_px: Height of its images.
        focal_px: Focal length in pixels.
        exposure_s: Exposure time in seconds. Defaults to 0.008.
        f_number: Focal length over aperture. Defaults to 2.8.
        focus_m: Distance that is in focus. Defaults to 6.
        pixel_um: Pitch of the sensor's pixels in micrometres. Defaults to 3.
        height_m: Height above the ground. Defaults to 1.5.
        horizon_px: Row of the horizon; None is the middle of the image.
        speed_m_s: Forward speed of the camera. Defaults to 0.
        far_m: Distance of what stands above the horizon, and the largest of
            all; a depth map does better than one number. Defaults to 50.
        gain: Gain of the sensor; only the fog of ``blend='halder'`` asks for
            it. Defaults to 1.

    Raises:
        TypeError: If something is no number.
        ValueError: If a number is out of range, such as an exposure in
            milliseconds, or the horizon is outside the image.
    """
    width_px: int
    height_px: int
    focal_px: float
    exposure_s: float = 0.008
    f_number: float = 2.8
    focus_m: float = 6.
    pixel_um: float = 3.
    height_m: float = 1.5
    horizon_px: float | None = None
    speed_m_s: float = 0.
    far_m: float = 50.
    gain: float = 1.

    def __post_init__(self) -> None:
        check_numbers(
            **{
                one.name: getattr(self, one.name)
                for one in fields(self)
                if one.name != 'horizon_px' or self.horizon_px is not None
            })
        for side in (self.width_px, self.height_px):
            if not isinstance(side, Integral):
                raise ValueError('`width_px` and `height_px` of a camera must '
                                 f'be whole, but got {side}')
        for name in ('width_px', 'height_px', 'focal_px', 'f_number',
                     'focus_m', 'pixel_um', 'height_m', 'far_m', 'gain'):
            if not 0 < getattr(self, name) < float('inf'):
                raise ValueError(f'`{name}` of a camera must be positive, but '
                                 f'got {getattr(self, name)}')
        check_exposure(self.exposure_s)
        if not abs(self.speed_m_s) <= 150:
            raise ValueError('`speed_m_s` must be within 150 metres a second '
                             f'(540 km/h), but got {self.speed_m_s}')
        if not 0 <= self.horizon < self.height_px:
            raise ValueError(
                f'`horizon_px` must be a row of the image, in [0, '
                f'{self.height_px}), but got {self.horizon_px}')
        if not self.focus_m > self.focal_mm * 1e-3:
            raise ValueError(f'`focus_m` must be beyond the focal length of '
                             f'{self.focal_mm:.3g} mm, got {self.focus_m}')

    @property
    def size_hw(self) -> SizeHW:
        """Height and width in pixels."""
        return self.height_px, self.width_px

    @property
    def horizon(self) -> float:
        """Row of the horizon."""
        return self.height_px / 2 if self.horizon_px is None else \
            self.horizon_px

    @property
    def focal_mm(self) -> float:
        """Focal length in millimetres."""
        return self.focal_px * self.pixel_um * 1e-3

    def fitted(self, size_hw: SizeHW) -> 'Camera':
        """The same lens on an image of another size.

        The angle of view along the longer side stays, and the horizon's share
        of the height.

        Args:
            size_hw: Height and width in pixels.
        """
        height, width = size_hw
        if (height, width) == self.size_hw:
            return self
        scale = max(height, width) / max(self.size_hw)
        return replace(
            self,
            width_px=width,
            height_px=height,
            focal_px=self.focal_px * scale,
            pixel_um=self.pixel_um / scale,
            horizon_px=self.horizon / self.height_px * height)

    def ground_depth_m(self) -> Tensor:
        """Depth of each row over flat ground: f h / (y - horizon).

        Returns:
            Distance in metres, ``far_m`` at the horizon, above it and where
            the ground is farther. Shape (H, 1), float32.
        """
        below = torch.arange(self.height_px, dtype=torch.float32) + 0.5 - \
            self.horizon
        reach = self.focal_px * self.height_m / below.clamp(min=1e-6)
        return reach.clamp(max=self.far_m)[:, None]

    def blur_px(self, depth_m: Tensor) -> Tensor:
        """Diameter of the circle of confusion in pixels.

        Args:
            depth_m: Distance of a point in metres.
        """
        focal_m = self.focal_mm * 1e-3
        apart = (depth_m - self.focus_m).abs() / depth_m
        circle_m = apart * focal_m**2 / (self.focus_m -
                                         focal_m) / self.f_number
        return circle_m / (self.pixel_um * 1e-6)


def check_exposure(exposure_s: Exposure) -> Exposure:
    """Return an exposure time if it is one in seconds.

    Raises:
        TypeError: If it is no number.
        ValueError: If it is zero, negative or longer than a second.
    """
    check_numbers(exposure_s=exposure_s)
    if not 0 < exposure_s <= 1:
        raise ValueError('an exposure must be in (0, 1] seconds, e.g. 0.008 '
                         f'for 8 ms, but got {exposure_s}')
    return exposure_s


CAMERAS: dict[str, Camera] = dict(
    kitti=Camera(
        1242,
        375,
        721.,
        exposure_s=0.002,
        f_number=6.,
        pixel_um=4.65,
        height_m=1.65,
        horizon_px=173.,
        gain=20.),
    coco=Camera(640, 427, 640., height_m=1.6),
    cityscapes=Camera(
        2048,
        1024,
        2262.,
        exposure_s=0.005,
        f_number=6.,
        pixel_um=2.2,
        height_m=1.22,
        gain=20.),
    bdd100k=Camera(1280, 720, 1000., height_m=1.3),
    nuscenes=Camera(
        1600,
        900,
        1266.,
        exposure_s=0.005,
        f_number=1.8,
        pixel_um=4.34,
        height_m=1.51))
"""By data set. What a data set does not publish is assumed: see
docs/physics.md."""


def find_camera(camera: str | dict | Camera) -> Camera:
    """Camera by the name of its data set, by its numbers, or as it is.

    Args:
        camera: A key of ``CAMERAS``; the arguments of :class:`Camera`, which
            ``preset`` may complete by such a key; or a camera.

    Raises:
        TypeError: If it is something else.
        ValueError: If there is no such preset, or a number is unknown,
            missing or out of range.
    """
    if isinstance(camera, Camera):
        return camera
    if not isinstance(camera, (str, Mapping)):
        raise TypeError('a camera must be the name of a preset, a dict of '
                        f'numbers or a Camera, but got {camera!r}')
    options = dict(preset=camera) if isinstance(camera, str) else dict(camera)
    name = options.pop('preset', None)
    known = [one.name for one in fields(Camera)]
    strange = sorted(set(options) - set(known))
    if strange:
        raise ValueError(f'a camera has {known}, and `preset`, but got '
                         f'{strange}')
    missing = sorted({'width_px', 'height_px', 'focal_px'} - set(options))
    if name is None and missing:
        raise ValueError(f'a camera without `preset` wants {missing} too, got '
                         f'{options}')
    if name is None:
        return Camera(**options)
    if name not in CAMERAS:
        raise ValueError(f'a camera must be one of {sorted(CAMERAS)}, but got '
                         f'{name!r}')
    return replace(CAMERAS[name], **options)
