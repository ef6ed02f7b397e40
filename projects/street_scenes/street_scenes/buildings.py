"""Rows of houses along the street."""
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from .camera import Camera
from .daylight import Daylight, rgb
from .texture import cloud_noise

WALLS = (rgb(0.62, 0.38, 0.29), rgb(0.76, 0.68, 0.52), rgb(0.80, 0.76, 0.68),
         rgb(0.66, 0.66, 0.65), rgb(0.52, 0.32, 0.25), rgb(0.72, 0.58, 0.40),
         rgb(0.60, 0.64, 0.66), rgb(0.78, 0.62, 0.55))
SHOPS = (rgb(0.55, 0.12, 0.12), rgb(0.12, 0.30, 0.22), rgb(0.15, 0.22, 0.42),
         rgb(0.70, 0.55, 0.18), rgb(0.22, 0.20, 0.20))
_ROOFS = (rgb(0.42, 0.20, 0.15), rgb(0.25, 0.25, 0.27), rgb(0.34, 0.24, 0.20))
_FINEST_PX = 22.0


@dataclass(frozen=True)
class Building:
    """House beside the street.

    Args:
        side: -1 left, 1 right.
        near_m: Where it begins along the street.
        length_m: Its length along the street.
        height_m: Height of the walls.
        wall_m: Distance of its front from the middle of the road.
        wall: Colour of the walls.
        shop: Whether the ground floor is a shop.
        pitched: Whether it has a sloping roof.
    """

    side: int
    near_m: float
    length_m: float
    height_m: float
    wall_m: float
    wall: np.ndarray
    shop: bool
    pitched: bool


def draw_row(rng: np.random.Generator, side: int, wall_m: float,
             town: float) -> list[Building]:
    """Draw the houses on one side of the street.

    Args:
        rng: Source of randomness.
        side: -1 left, 1 right.
        wall_m: Distance of the fronts from the middle of the road.
        town: 0 for lone houses in gardens, 1 for closed blocks.

    Returns:
        Houses, nearest first.
    """
    row = []
    place = rng.uniform(-4.0, 2.0)
    while place < 110.0:
        length = rng.uniform(8.0, 18.0)
        floors = rng.integers(2, 3 + int(round(4 * town)))
        front = wall_m + rng.uniform(0.0, 0.6 + 3.0 * (1 - town))
        row.append(
            Building(side, place, length, 3.0 * floors + rng.uniform(0.5, 1.5),
                     front,
                     WALLS[rng.integers(len(WALLS))] * rng.uniform(0.85, 1.1),
                     bool(rng.random() < 0.55 * town),
                     bool(rng.random() < 0.75 - 0.45 * town)))
        gap = 0.0 if rng.random() < town - 0.15 else rng.uniform(2.0, 9.0)
        place += length + gap
    return row


def _facade(rng: np.random.Generator, length_m: float, height_m: float,
            building: Building, light: Daylight, px: float,
            blank: bool) -> np.ndarray:
    """Draw the reflectance of a wall at px pixels a metre, top row first.

    Returns:
        RGB. Shape (h, w, 3), float32.
    """
    height = max(4, int(height_m * px))
    width = max(4, int(length_m * px))
    base = np.ones(
        (height, width, 1), np.float32) * building.wall.astype(np.float32)
    noise = cv2.resize(cloud_noise(rng, (64, 64), 0.9), (width, height))
    base *= (1 + 0.05 * noise)[..., None]
    if rng.random() < 0.5:
        base[::max(2, int(px / 5))] *= 0.93
    sky = 0.45 * light.haze + 0.55 * light.zenith

    def box(x0: float, y0: float, x1: float, y1: float,
            colour: np.ndarray) -> None:
        rows = slice(
            max(0, int(round((height_m - y1) * px))),
            max(0, int(round((height_m - y0) * px))))
        columns = slice(
            max(0, int(round(x0 * px))), max(0, int(round(x1 * px))))
        base[rows, columns] = colour

    trim = np.clip(building.wall * rng.choice([0.72, 1.18]), 0, 0.92)
    frame = rgb(0.84, 0.83, 0.80) if rng.random() < 0.65 else rgb(
        0.24, 0.22, 0.21)
    window_w, window_h = rng.uniform(0.9, 1.5), rng.uniform(1.3, 1.8)
    pitch = window_w + rng.uniform(0.9, 1.7)
    columns = int((length_m - 0.8) // pitch)
    margin = (length_m - columns * pitch) / 2
    floors = int(height_m // 3.0)
    if building.shop and not blank:
        box(0, 2.9, length_m, 3.3, trim)
    for floor in range(floors):
        base_y = 3.0 * floor + 0.9
        if base_y + window_h > height_m - 0.3:
            break
        if floor == 0 and building.shop and not blank:
            continue
        for column in range(columns):
            if blank and rng.random() < 0.75:
                continue
            x0 = margin + column * pitch + (pitch - window_w) / 2
            x1, y1 = x0 + window_w, base_y + window_h
            box(x0 - 0.12, base_y - 0.16, x1 + 0.12, y1 + 0.12, trim)
            box(x0, base_y, x1, y1, frame)
            tone = rng.uniform(0.16, 0.55)
            glass = sky * tone + 0.04
            box(x0 + 0.08, base_y + 0.08, x1 - 0.08, y1 - 0.08, glass)
            if rng.random() < 0.35:
                drop = rng.uniform(0.3, 0.9) * window_h
                box(x0 + 0.08, y1 - drop, x1 - 0.08, y1 - 0.08,
                    rgb(0.78, 0.75, 0.68) * rng.uniform(0.6, 1.0))
            box((x0 + x1) / 2 - 0.035, base_y, (x0 + x1) / 2 + 0.035, y1,
                frame)
            box(x0, base_y + 0.62 * window_h, x1,
                base_y + 0.62 * window_h + 0.06, frame)
    if not blank:
        _ground_floor(rng, box, length_m, building.shop, sky)
    box(0, height_m - 0.35, length_m, height_m, trim)
    box(0, 0, length_m, 0.5, building.wall * 0.6)
    return base


def _ground_floor(rng: np.random.Generator, box: Callable[..., None],
                  length_m: float, shop: bool, sky: np.ndarray) -> None:
    """Draw shop windows under a sign, or a door."""
    colour = SHOPS[rng.integers(len(SHOPS))]
    if not shop:
        door = rng.uniform(0.15, 0.8) * (length_m - 1.3)
        box(door - 0.1, 0, door + 1.2, 2.35, rgb(0.75, 0.72, 0.66))
        box(door, 0, door + 1.1, 2.2, colour * 0.9)
        return
    box(0.3, 0, length_m - 0.3, 2.9, colour * 0.8)
    box(0.4, 2.35, length_m - 0.4, 2.85, colour)
    place = 0.5
    while place + 1.0 < length_m - 0.5:
        wide = min(rng.uniform(1.4, 3.0), length_m - 0.5 - place)
        low = 0.1 if wide < 1.7 else 0.55
        glow = rgb(0.75, 0.66, 0.48) if rng.random() < 0.4 else sky * 0.5
        box(place, low, place + wide - 0.15, 2.25, glow * 0.55 + 0.05)
        box(place + 0.1, low, place + 0.5 * wide, 1.2,
            np.clip(rng.uniform(0.1, 0.6, 3), 0, 1))
        place += wide
    for letter in np.arange(length_m * 0.3, length_m * 0.7, 0.42):
        if rng.random() < 0.85:
            box(letter, 2.48, letter + 0.26, 2.74, rgb(0.9, 0.88, 0.8))


def _paste_wall(canvas: np.ndarray, camera: Camera, light: Daylight,
                factor: int, texture: np.ndarray, corners: np.ndarray,
                normal: np.ndarray) -> None:
    """Lay a lit texture on a wall, in place.

    Args:
        canvas: RGB. Shape (H, W, 3), float32.
        camera: Where the picture is taken from.
        light: Light on the wall.
        factor: Pixels of the canvas per pixel of the picture.
        texture: Reflectance. Shape (h, w, 3), float32.
        corners: World coordinates of the texture's upper left, upper right,
            lower right and lower left corner. Shape (4, 3).
        normal: Unit normal of the wall.
    """
    target = (camera.project(corners) * factor).astype(np.float32)
    low = np.floor(np.maximum(target.min(axis=0), 0)).astype(int)
    high = np.ceil(np.minimum(target.max(axis=0),
                              canvas.shape[1::-1])).astype(int)
    if (high - low < 1).any():
        return
    span = target.max(axis=0) - target.min(axis=0)
    size = np.clip(1.3 * span, 4, texture.shape[1::-1]).astype(int)
    small = cv2.resize(
        texture, tuple(int(v) for v in size), interpolation=cv2.INTER_AREA)
    lit = small * light.lit(rgb(1, 1, 1), normal).astype(np.float32)
    ramp = np.linspace(corners[0, 2], corners[1, 2], size[0])
    depth = np.repeat(ramp[None, :, None], size[1], axis=0)
    source = np.array([[0, 0], [size[0], 0], size, [0, size[1]]],
                      dtype=np.float32)
    warp = cv2.getPerspectiveTransform(source - 0.5,
                                       target - low.astype(np.float32) - 0.5)
    padded = np.concatenate([lit, depth], -1).astype(np.float32)
    shown = cv2.warpPerspective(
        padded,
        warp,
        tuple(int(v) for v in high - low),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE)
    mask = np.zeros(shown.shape[:2], dtype=np.uint8)
    outline = np.round((target - low - 0.5) * 16)
    cv2.fillPoly(mask, [np.clip(outline, -2**24, 2**24).astype(np.int32)], 1,
                 cv2.LINE_8, 4)
    part = canvas[low[1]:high[1], low[0]:high[0]]
    hazed = light.hazed(np.clip(shown[..., :3], 0, 1), shown[..., 3:])
    part[mask > 0] = hazed.astype(np.float32)[mask > 0]


def _walls(building: Building,
           start_m: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return corners of the front, of the end and of the roof."""
    x, deep = building.side * building.wall_m, building.side * 9.0
    y, near = building.height_m, start_m
    far = building.near_m + building.length_m
    front = np.array([(x, y, near), (x, y, far), (x, 0, far), (x, 0, near)])
    end = np.array([(x, y, near), (x + deep, y, near), (x + deep, 0, near),
                    (x, 0, near)])
    roof = np.array([(x + 0.4 * deep, y + 2.8, near),
                     (x + 0.4 * deep, y + 2.8, far), (x, y, far),
                     (x, y, near)])
    return front, end, roof


def _gable(building: Building) -> np.ndarray:
    """Return the corners of the wall under the roof.

    Shape (4, 3).
    """
    x, deep = building.side * building.wall_m, building.side * 9.0
    y, z = building.height_m - 0.05, building.near_m
    return np.array([(x + 0.39 * deep, y + 2.8, z),
                     (x + 0.41 * deep, y + 2.8, z), (x + 0.8 * deep, y, z),
                     (x, y, z)])


def paint_buildings(canvas: np.ndarray, camera: Camera, light: Daylight,
                    factor: int, buildings: list[Building],
                    rng: np.random.Generator) -> None:
    """Paint houses on a picture, in place.

    Args:
        canvas: RGB in [0, 1]. Shape (factor * H, factor * W, 3), float32.
        camera: Where the picture is taken from.
        light: Light on the walls.
        factor: Pixels of the canvas per pixel of the picture.
        buildings: What to paint, in any order.
        rng: Source of randomness.
    """
    for building in sorted(buildings, key=lambda b: -b.near_m):
        start = max(building.near_m, 1.2)
        length = building.near_m + building.length_m - start
        if length < 0.5:
            continue
        px = float(
            np.clip(1.4 * factor * camera.scale(max(start, 6.0)), 5.0,
                    _FINEST_PX))
        front, end, roof = _walls(building, start)
        across = np.array([-float(building.side), 0.0, 0.0])
        if building.pitched:
            tiles = np.ones(
                (30, 40, 3), dtype=np.float32) * _ROOFS[rng.integers(
                    len(_ROOFS))].astype(np.float32)
            tiles[::4] *= 0.85
            slope = np.array([-0.6 * building.side, 0.8, 0.0])
            _paste_wall(canvas, camera, light, factor, tiles, roof, slope)
        if building.near_m > 1.2:
            if building.pitched:
                gable = np.ones((8, 8, 3), np.float32) * building.wall
                _paste_wall(canvas, camera, light, factor,
                            gable.astype(np.float32), _gable(building),
                            np.array([0.0, 0.0, -1.0]))
            side = _facade(rng, 9.0, building.height_m, building, light, px,
                           True)
            _paste_wall(canvas, camera, light, factor, side, end,
                        np.array([0.0, 0.0, -1.0]))
        wall = _facade(rng, length, building.height_m, building, light, px,
                       False)
        _paste_wall(canvas, camera, light, factor, wall, front, across)
