"""Paints a thing on a transparent layer of its own."""
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from .camera import NEAR_M, Camera
from .daylight import Daylight
from .solids import Face, Hull, Leaves, Solid, Thing

_CIRCLE = np.stack([
    np.cos(np.linspace(0, 2 * np.pi, 14, endpoint=False)),
    np.sin(np.linspace(0, 2 * np.pi, 14, endpoint=False))
], -1)
_SHIFT = 4


@dataclass(frozen=True)
class Layer:
    """Picture of one thing, also of what lies outside the frame.

    Args:
        colour: RGB in [0, 1] times ``cover``. Shape (h, w, 3), float32.
        cover: Share of each pixel that the thing covers, in [0, 1]. Shape (h,
            w), float32.
        corner: Column and row of the first pixel in the frame; negative left
            of or above it.
        box: x1, y1, x2, y2 around what was painted, in pixels of the frame,
            not clipped to it.
    """

    colour: np.ndarray
    cover: np.ndarray
    corner: tuple[int, int]
    box: tuple[float, float, float, float]

    def window(self, size_hw: tuple[int, int]) -> tuple | None:
        """Return the slices shared by a frame and this layer.

        Args:
            size_hw: Height and width of the frame.

        Returns:
            tuple or None: Slices of the frame (rows, columns) and of the
            layer (rows, columns), or None if they do not meet.
        """
        frame, own = [], []
        for start, length, limit in zip(self.corner[::-1], self.cover.shape,
                                        size_hw):
            low, high = max(start, 0), min(start + length, limit)
            if low >= high:
                return None
            frame.append(slice(low, high))
            own.append(slice(low - start, high - start))
        return tuple(frame), tuple(own)

    def paste(self, canvas: np.ndarray) -> None:
        """Lay this layer over a picture, in place.

        Args:
            canvas: RGB in [0, 1]. Shape (H, W, 3), float32.
        """
        window = self.window(canvas.shape[:2])
        if window is not None:
            frame, own = window
            canvas[frame] *= 1.0 - self.cover[own][..., None]
            canvas[frame] += self.colour[own]


def disc_outline(points: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Return the convex hull of discs in the plane.

    Shape (n, 2).
    """
    around = points[:, None] + radii[:, None, None] * _CIRCLE
    return cv2.convexHull(around.reshape(-1, 2).astype(np.float32))[:, 0]


def fill(picture: np.ndarray, outline: np.ndarray,
         value: Sequence[float]) -> None:
    """Fill a polygon given in pixels, (0, 0) the picture's outer corner."""
    fixed = np.round((np.asarray(outline, dtype=np.float64) - 0.5) * 2**_SHIFT)
    fixed = np.clip(fixed, -2**24, 2**24).astype(np.int32)
    cv2.fillPoly(picture, [fixed], tuple(float(v) for v in value), cv2.LINE_8,
                 _SHIFT)


def discs(picture: np.ndarray, centres: np.ndarray, radii: np.ndarray,
          values: np.ndarray) -> None:
    """Fill discs given in pixels, (0, 0) the picture's outer corner.

    Args:
        picture: Painted on in place. Shape (H, W, c), float32.
        centres: Column and row. Shape (n, 2).
        radii: Radii. Shape (n,).
        values: What to fill with. Shape (n, c).
    """
    fixed = np.clip((centres - 0.5) * 2**_SHIFT, -2**24, 2**24)
    reach = np.maximum(radii * 2**_SHIFT, 1.0).astype(int).tolist()
    for centre, radius, value in zip(
            fixed.astype(int).tolist(), reach, values.tolist()):
        cv2.circle(picture, centre, radius, value, -1, cv2.LINE_8, _SHIFT)


class _Painter:
    """Paints solids on an RGBA picture ``factor`` times as fine."""

    def __init__(self, camera: Camera, light: Daylight, depth_m: float,
                 corner: np.ndarray, size_hw: tuple[int,
                                                    int], factor: int) -> None:
        self.camera = camera
        self.light = light
        self.depth_m = depth_m
        self.corner = corner
        self.factor = factor
        self.picture = np.zeros((*(side * factor for side in size_hw), 4),
                                dtype=np.float32)

    def _pixels(self, points: np.ndarray) -> np.ndarray:
        return (self.camera.project(points) - self.corner) * self.factor

    def _fill(self, outline: np.ndarray, colour: np.ndarray) -> None:
        hazed = self.light.hazed(np.clip(colour, 0.0, 1.0), self.depth_m)
        fill(self.picture, outline, (*hazed, 1.0))

    def face(self, face: Face) -> None:
        eye = np.array([self.camera.offset_m, self.camera.height_m, 0.0])
        if face.outward @ (face.points.mean(axis=0) - eye) >= 0:
            return
        for points, colour in ((face.points, face.colour), *face.details):
            lit = self.light.lit(colour, face.outward)
            shown = face.glow * colour + (1.0 - face.glow) * lit
            self._fill(self._pixels(points), shown)

    def hull(self, hull: Hull) -> None:
        pixels = self._pixels(hull.points)
        radii = hull.radii * self.factor * self.camera.scale(hull.points[:, 2])
        to_sun = self.light.to_sun
        if not hull.rounded:
            towards = np.array([0.0, 0.3, -0.95])
            self._fill(
                disc_outline(pixels, radii),
                self.light.lit(hull.colour, towards))
            return
        front = 0.5 - 0.45 * to_sun[2]
        shade = hull.colour * self.light.ambient * 0.78
        bright = hull.colour * (
            self.light.ambient + self.light.sun * (0.25 + 0.6 * front))
        self._fill(disc_outline(pixels, radii), shade)
        moved = pixels + 0.25 * radii[:, None] * [to_sun[0], -0.6]
        self._fill(disc_outline(moved, 0.7 * radii), bright)

    def leaves(self, leaves: Leaves) -> None:
        pixels = self._pixels(leaves.points)
        radii = leaves.radii * self.factor * self.camera.scale(
            leaves.points[:, 2])
        lit = self.light.lit(leaves.colours, np.array([0.0, 0.7, -0.7]))
        hazed = self.light.hazed(np.clip(lit, 0.0, 1.0), self.depth_m)
        opaque = np.insert(hazed, 3, 1.0, axis=1)
        discs(self.picture, pixels, radii, opaque)

    def paint(self, solid: Solid) -> None:
        if isinstance(solid, Face):
            self.face(solid)
        elif isinstance(solid, Hull):
            self.hull(solid)
        else:
            self.leaves(solid)


def _extent(camera: Camera, thing: Thing) -> np.ndarray:
    """Return x1, y1, x2, y2 that surely hold the thing, in pixels."""
    low, high = [], []
    for solid in thing.solids:
        points = [solid.points]
        if isinstance(solid, Face):
            points += [detail for detail, _ in solid.details]
        joined = np.concatenate(points)
        radii = np.zeros(len(joined)) if isinstance(solid,
                                                    Face) else solid.radii
        pixels = camera.project(joined)
        reach = (radii * camera.scale(joined[:, 2]))[:, None]
        low.append((pixels - reach).min(axis=0))
        high.append((pixels + reach).max(axis=0))
    return np.concatenate([np.min(low, axis=0), np.max(high, axis=0)])


def paint_thing(camera: Camera, light: Daylight, thing: Thing) -> Layer | None:
    """Paint a thing, with smooth edges.

    Args:
        camera: Where the picture is taken from.
        light: Light that falls on the thing.
        thing: What to paint. Its depth decides the haze.

    Returns:
        Layer or None: The picture of the thing, or None if it is behind the
        camera or covers nothing.
    """
    depth = float(thing.place_xz[1])
    if depth < NEAR_M:
        return None
    x1, y1, x2, y2 = _extent(camera, thing)
    height, width = camera.size_hw
    corner = np.floor([max(x1, -width), max(y1, -height)]).astype(int)
    end = np.ceil([min(x2, 2 * width), min(y2, 2 * height)]).astype(int) + 1
    size = end - corner
    if (size < 2).any():
        return None
    factor = int(np.clip(600 // max(size), 2, 6))
    painter = _Painter(camera, light, depth, corner, tuple(size[::-1]), factor)
    for solid in thing.solids:
        painter.paint(solid)
    painted = painter.picture[..., 3] > 0
    columns = np.flatnonzero(painted.any(axis=0))
    rows = np.flatnonzero(painted.any(axis=1))
    if not len(columns):
        return None
    left, top = int(corner[0]), int(corner[1])
    box = (left + float(columns[0]) / factor, top + float(rows[0]) / factor,
           left + float(columns[-1] + 1) / factor,
           top + float(rows[-1] + 1) / factor)
    small = cv2.resize(
        painter.picture,
        tuple(int(side) for side in size),
        interpolation=cv2.INTER_AREA)
    return Layer(
        np.ascontiguousarray(small[..., :3]), small[..., 3].copy(),
        (left, top), box)
