"""Sky, skyline and ground."""
from dataclasses import dataclass

import numpy as np

from .camera import Camera
from .daylight import Daylight, rgb
from .texture import band, cloud_noise, sample_tiled

_PAINT = rgb(0.82, 0.82, 0.80).astype(np.float32)
_ASPHALT = rgb(0.98, 1.0, 1.03).astype(np.float32)
_KERB = rgb(0.60, 0.60, 0.58).astype(np.float32)


@dataclass(frozen=True)
class Street:
    """Ground plan of a straight street along Z, the same for all Z.

    Args:
        road_m: Half the width of the carriageway.
        pavement_m: Width of the pavement on each side.
        setback_m: Distance from the pavement to the buildings.
        lanes: Number of lanes, 2 to 4.
        crossing_m: Where a zebra crossing begins. Defaults to None, no
            crossing.
        centre_line: ``'dashed'``, ``'solid'`` or ``'none'``.
        edge_line: Whether lines separate the parking strip.
        road_tone: Brightness of the asphalt in [0, 1].
        paving: Colour of the pavement.
        verge: Colour of the ground between pavement and buildings.
    """

    road_m: float
    pavement_m: float
    setback_m: float
    lanes: int
    crossing_m: float | None
    centre_line: str
    edge_line: bool
    road_tone: float
    paving: np.ndarray
    verge: np.ndarray

    @property
    def wall_m(self) -> float:
        """Distance of the buildings from the middle of the road."""
        return self.road_m + self.pavement_m + self.setback_m


def paint_sky(camera: Camera, light: Daylight,
              rng: np.random.Generator) -> np.ndarray:
    """Paint the sky and the distant skyline.

    Args:
        camera: Where the picture is taken from.
        light: Colours of the sky.
        rng: Source of randomness.

    Returns:
        RGB in [0, 1]; below the horizon without meaning. Shape (H, W, 3),
        float32.
    """
    height, width = camera.size_hw
    horizon = camera.horizon_px
    rows = np.arange(height, dtype=np.float32) + 0.5
    columns = np.arange(width, dtype=np.float32) + 0.5
    above = np.clip(1.0 - rows / np.float32(horizon), 0.0, 1.0)[:, None]
    blend = (above**0.65)[..., None]
    haze = light.haze.astype(np.float32)
    zenith = light.zenith.astype(np.float32)
    sky = haze * (1 - blend) + zenith * blend
    sky = np.repeat(sky, width, axis=1)
    noise = cloud_noise(rng, (256, 256), 1.7)
    lift = 1.0 / (above + 0.22)
    clouds = sample_tiled(noise, np.repeat(60.0 * lift, width, axis=1),
                          (columns[None] - width / 2) * lift * 0.16 + 128.0)
    cover = np.clip((clouds + 2.6 * light.cloud - 1.4) * 0.9, 0.0, 0.85)
    tone = 1.0 + 0.06 * sample_tiled(
        noise,
        np.repeat(90.0 * lift, width, axis=1) + 40,
        (columns[None] - width / 2) * lift * 0.3 + 30.0)
    white = np.minimum(haze * 1.08, 1.0) * tone[..., None]
    cover = (cover * np.clip(above * 6, 0, 1))[..., None]
    sky = sky * (1 - cover) + white * cover
    for far, colour, tall in ((0.62, rgb(0.36, 0.42, 0.40), 9.0),
                              (0.38, rgb(0.24, 0.30, 0.24), 6.0)):
        ragged = cloud_noise(rng, (1, width), 0.9)[0]
        edge = np.float32(horizon) - tall * (0.7 + 0.35 * ragged)
        inside = np.clip(rows[:, None] - edge[None] + 0.5, 0, 1)[..., None]
        shown = colour * (light.ambient + 0.5 * light.sun)
        shown = shown * (1 - far) + haze * far
        shown = shown.astype(np.float32)
        sky = sky * (1 - inside) + shown * inside
    return np.clip(sky, 0, 1)


def _carriageway(street: Street, across: np.ndarray, depth: np.ndarray,
                 pixel_x: np.ndarray, pixel_z: np.ndarray) -> np.ndarray:
    """Return the share of white paint in each pixel of the road."""
    lines = np.zeros_like(across)
    dash = np.clip(band(np.mod(depth, 6.0), 1.5, 3.0, pixel_z), 0,
                   1) * (pixel_z < 4.0) + 0.5 * (
                       pixel_z >= 4.0)
    if street.centre_line == 'dashed':
        lines += band(across, 0.0, 0.14, pixel_x) * dash
    elif street.centre_line == 'solid':
        lines += band(across, -0.13, 0.11, pixel_x)
        lines += band(across, 0.13, 0.11, pixel_x)
    if street.lanes == 4:
        for centre in (-street.road_m / 2, street.road_m / 2):
            lines += band(across, centre, 0.12, pixel_x) * dash
    if street.edge_line:
        for side in (-1, 1):
            lines += band(across, side * (street.road_m - 2.15), 0.10, pixel_x)
    if street.crossing_m is not None:
        start = street.crossing_m
        lines *= 1 - band(depth, start + 1.5, 4.4, pixel_z)
        stripes = band(np.mod(across, 1.0), 0.5, 0.5, pixel_x)
        stripes *= np.abs(across) < street.road_m - 0.3
        lines += stripes * band(depth, start + 1.5, 3.0, pixel_z)
        lines += band(depth, start - 1.6, 0.3, pixel_z) * (across > 0)
    return np.clip(lines, 0, 1) * (np.abs(across) < street.road_m)


def paint_ground(camera: Camera, light: Daylight, street: Street,
                 rng: np.random.Generator) -> np.ndarray:
    """Paint road, markings, kerbs, pavements and verges.

    Args:
        camera: Where the picture is taken from.
        light: Light on the ground.
        street: Ground plan.
        rng: Source of randomness.

    Returns:
        RGB in [0, 1] of the h rows from ``camera.ground_row`` on. Shape (h, W,
        3), float32.
    """
    across, depth = camera.ground()
    pixel_x = depth / camera.focal_px
    pixel_z = pixel_x * depth / camera.height_m
    side = np.abs(across)

    coarse = cloud_noise(rng, (256, 256), 1.1)
    fine = cloud_noise(rng, (256, 256), 0.35)
    full_depth = np.repeat(depth, across.shape[1], axis=1)
    patches = sample_tiled(coarse, full_depth * 5.0, across * 10.0)
    grain = sample_tiled(fine, full_depth * 22.0, across * 22.0)
    grain *= np.clip(0.07 / pixel_x, 0, 1).astype(np.float32)
    patches *= np.clip(1.2 / pixel_z, 0.15, 1).astype(np.float32)

    tone = street.road_tone * (1 + 0.05 * patches + 0.04 * grain)
    ruts = sum(
        np.exp(-((side - centre) / 0.45)**2)
        for centre in (street.road_m / 2 - 0.75, street.road_m / 2 + 0.75))
    road = (tone * (1 - 0.05 * ruts))[..., None] * _ASPHALT
    lines = _carriageway(street, across, depth, pixel_x, pixel_z)
    worn = np.clip(0.9 - 0.12 * patches - 0.10 * grain, 0.45, 1.0)
    lines = (lines * worn)[..., None]
    road = road * (1 - lines) + _PAINT * lines

    slabs = band(np.mod(full_depth, 0.8), 0.4, 0.76, pixel_z) * band(
        np.mod(across, 0.8), 0.4, 0.76, pixel_x)
    near = np.clip(0.6 / pixel_z, 0, 1)
    paving = street.paving.astype(
        np.float32) * (1 + 0.05 * patches + 0.04 * grain - 0.14 * near *
                       (1 - slabs))[..., None]
    verge = street.verge.astype(
        np.float32) * (1 + 0.14 * patches + 0.16 * grain)[..., None]
    kerb = _KERB * (1 + 0.04 * patches)[..., None]

    colour = road
    for surface, start in ((kerb, street.road_m), (paving,
                                                   street.road_m + 0.22),
                           (verge, street.road_m + street.pavement_m)):
        share = np.clip((side - start) / pixel_x + 0.5, 0, 1)[..., None]
        colour = colour * (1 - share) + surface * share
    gutter = band(side, street.road_m - 0.03, 0.10, pixel_x)[..., None]
    colour = colour * (1 - 0.35 * gutter)
    upward = np.array([0.0, 1.0, 0.0])
    white = light.lit(rgb(1, 1, 1), upward).astype(np.float32)
    lit = np.clip(white * colour, 0, 1)
    return light.hazed(lit, full_depth[..., None]).astype(np.float32)
