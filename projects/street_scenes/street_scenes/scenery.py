"""Trees, lamps, signs, hedges: what hides objects without being one."""

import numpy as np

from .daylight import rgb
from .solids import Face, Hull, Leaves, Solid, block, limb

_BARK = rgb(0.28, 0.21, 0.15)
_STEEL = rgb(0.36, 0.38, 0.39)
GREENS = (rgb(0.22, 0.36, 0.11), rgb(0.30, 0.40, 0.14), rgb(0.15, 0.29, 0.12),
          rgb(0.42, 0.42, 0.15), rgb(0.50, 0.33, 0.11))
Model = tuple[list[Solid], tuple[float, float]]


def _heap(rng: np.random.Generator, points: np.ndarray, leaf_m: float,
          green: np.ndarray) -> Leaves:
    """Turn points of a crown into leaves, dark inside and below."""
    low, high = points[:, 1].min(), points[:, 1].max()
    order = np.argsort(-points[:, 2] + rng.normal(0, 0.4, len(points)))
    points = points[order]
    up = (points[:, 1] - low) / max(high - low, 1e-6)
    tone = 0.45 + 0.65 * up + rng.normal(0, 0.16, len(points))
    colours = np.clip(green * np.clip(tone, 0.25, 1.5)[:, None], 0, 1)
    radii = leaf_m * rng.uniform(0.55, 1.25, len(points))
    return Leaves(points, radii, colours)


def _ellipsoid(rng: np.random.Generator, count: int, centre: np.ndarray,
               radii: np.ndarray) -> np.ndarray:
    points = rng.standard_normal((count, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return centre + points * radii * rng.uniform(0.5, 1.0, (count, 1))


def tree(rng: np.random.Generator) -> Model:
    """Draw a broad-leaved tree or a conifer."""
    green = GREENS[rng.integers(len(GREENS))] * rng.uniform(0.8, 1.15)
    tall = rng.uniform(4.5, 9.0)
    if rng.random() < 0.2:
        height = rng.uniform(0.1, 1.0, 420)**1.4
        reach = 0.21 * tall * (1.05 - height) * np.sqrt(
            rng.uniform(0.2, 1.0, 420))
        turn = rng.uniform(0, 2 * np.pi, 420)
        points = np.stack([
            reach * np.cos(turn),
            (0.1 + 0.9 * height) * tall, reach * np.sin(turn)
        ], -1)
        trunk = limb((0, 0, 0), (0, 0.3 * tall, 0), 0.14, _BARK)
        return [trunk, _heap(rng, points, 0.17, green * 0.75)], (0.4, 0.4)
    crown = rng.uniform(1.3, 2.2)
    centre = np.array([0.0, tall - 0.9 * crown, 0.0])
    points = []
    for _ in range(4):
        shift = rng.uniform(-0.55, 0.55, 3) * crown
        points.append(
            _ellipsoid(rng, 170, centre + shift,
                       crown * np.array([0.7, 0.62, 0.7])))
    trunk = limb((0, 0, 0), centre, (0.17, 0.09), _BARK)
    boughs = [
        limb((0, 0.45 * tall, 0), centre + rng.uniform(-0.6, 0.6, 3) * crown,
             (0.07, 0.03), _BARK) for _ in range(3)
    ]
    heap = _heap(rng, np.concatenate(points), 0.075 * crown, green)
    return [trunk, *boughs, heap], (0.4, 0.4)


def bush(rng: np.random.Generator) -> Model:
    """Draw a bush."""
    green = GREENS[rng.integers(len(GREENS))] * rng.uniform(0.7, 1.1)
    size = rng.uniform(0.5, 0.9)
    points = _ellipsoid(rng, 160, np.array([0.0, 0.55 * size, 0.0]),
                        np.array([1.0, 0.6, 0.8]) * size)
    points[:, 1] = np.maximum(points[:, 1], 0.05)
    return [_heap(rng, points, 0.11 * size, green)], (1.6 * size, 1.4 * size)


def lamp(rng: np.random.Generator) -> Model:
    """Draw a street lamp whose arm reaches along +X."""
    tall = rng.uniform(5.0, 7.0)
    shade = rng.uniform(0.7, 1.2)
    pole = limb((0, 0, 0), (0, tall, 0), (0.085, 0.05), _STEEL * shade)
    arm = limb((0, tall, 0), (1.3, tall + 0.25, 0), 0.04, _STEEL * shade)
    head = limb((1.1, tall + 0.2, 0), (1.7, tall + 0.25, 0), 0.09,
                _STEEL * 0.6 * shade)
    return [pole, arm, head], (0.2, 0.2)


def sign(rng: np.random.Generator) -> Model:
    """Draw a traffic sign that faces the camera."""
    y, r = rng.uniform(2.1, 2.4), 0.32
    corners = 3 if rng.random() < 0.4 else 20
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False) + np.pi / 2

    def plate(radius: float) -> np.ndarray:
        return np.stack([
            radius * np.cos(turn), y + radius * np.sin(turn),
            np.full(corners, -0.05)
        ], -1)

    rim, field = ((rgb(0.75, 0.08, 0.08),
                   rgb(0.9, 0.9, 0.88)) if rng.random() < 0.6 else
                  (rgb(0.85, 0.85, 0.85), rgb(0.08, 0.22, 0.58)))
    if corners == 3:
        rim, field = rgb(0.75, 0.08, 0.08), rgb(0.9, 0.9, 0.88)
    face = Face(
        plate(r), rim, np.array([0.0, 0.0, -1.0]),
        ((plate(0.68 * r), field), ))
    return [limb((0, 0, 0), (0, y, 0), 0.035, _STEEL), face], (0.2, 0.2)


def bin_or_box(rng: np.random.Generator) -> Model:
    """Draw a litter bin, a letter box or a grey cabinet."""
    pick = rng.integers(3)
    if pick == 0:
        colour = rgb(0.16, 0.30, 0.20) * rng.uniform(0.7, 1.2)
        return [limb((0, 0.28, 0), (0, 0.75, 0), 0.26, colour)], (0.5, 0.5)
    colour = rgb(0.70, 0.12, 0.10) if pick == 1 else rgb(0.50, 0.52, 0.48)
    half, tall = (0.25, 1.15) if pick == 1 else (0.5, 1.2)
    slot = np.array([(-0.7 * half, 0.82 * tall, -0.25),
                     (0.7 * half, 0.82 * tall, -0.25),
                     (0.7 * half, 0.87 * tall, -0.25),
                     (-0.7 * half, 0.87 * tall, -0.25)])
    faces = block((-half, 0, -0.25), (half, tall, 0.25), colour,
                  ((slot, colour * 0.3), ))
    return list(faces), (2 * half, 0.5)


def bollard(rng: np.random.Generator) -> Model:
    """Draw a bollard."""
    tall = rng.uniform(0.8, 1.0)
    post = limb((0, 0, 0), (0, tall, 0), 0.07, rgb(0.2, 0.2, 0.21))
    ring = Hull(
        np.array([[0, 0.8 * tall, 0], [0, 0.86 * tall, 0]]),
        np.array([0.075, 0.075]), rgb(0.85, 0.85, 0.82))
    return [post, ring], (0.2, 0.2)
