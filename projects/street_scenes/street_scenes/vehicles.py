"""Cars and vans, built from a side view given a width at each corner."""
from collections.abc import Sequence

import numpy as np

from .daylight import rgb
from .solids import Face, Hull, Solid

# Corner of a side view: place along the length (-0.5 rear, 0.5 front), height
# in metres, share of the half width there.
Outline = Sequence[tuple[float, float, float]]

_RUBBER = rgb(0.05, 0.05, 0.055)
_GLASS = rgb(0.13, 0.16, 0.19)
_GLINT = rgb(0.38, 0.44, 0.50)
_STEEL = rgb(0.55, 0.56, 0.58)
_LAMP = rgb(0.95, 0.93, 0.85)
_REAR_LAMP = rgb(0.70, 0.05, 0.05)
_PLATE = rgb(0.88, 0.86, 0.74)

PAINTS = (rgb(0.82, 0.82, 0.82), rgb(0.55, 0.57, 0.60), rgb(0.10, 0.10, 0.11),
          rgb(0.24, 0.26, 0.29), rgb(0.62, 0.09, 0.08), rgb(0.10, 0.20, 0.48),
          rgb(0.12, 0.32, 0.24), rgb(0.78, 0.66,
                                     0.22), rgb(0.50, 0.42,
                                                0.33), rgb(0.40, 0.58, 0.72))
VAN_PAINTS = (rgb(0.88, 0.88, 0.87), rgb(0.88, 0.88,
                                         0.87), rgb(0.72, 0.73, 0.74),
              rgb(0.85, 0.68, 0.15), rgb(0.14, 0.24,
                                         0.50), rgb(0.60, 0.12, 0.10))

# rear foot, rear roof, front roof, front foot of the windows; length, height
CAR_SHAPES: dict[str, dict] = {
    'saloon':
    dict(length=4.5, height=1.44, belt=0.92, cabin=(-0.37, -0.20, 0.03, 0.19)),
    'hatchback':
    dict(length=3.9, height=1.50, belt=0.94, cabin=(-0.47, -0.39, 0.04, 0.22)),
    'estate':
    dict(length=4.6, height=1.62, belt=1.00, cabin=(-0.48, -0.42, 0.05, 0.20)),
}


def part_of(quad: np.ndarray, across: tuple[float, float],
            along: tuple[float, float]) -> np.ndarray:
    """Return a part of a four-cornered face.

    Args:
        quad: Corners; ``across`` runs from 0 to 1, ``along`` from 0 to 3.
            Shape (4, 3).
        across: Limits in [0, 1].
        along: Limits in [0, 1].

    Returns:
        Corners of the part. Shape (4, 3).
    """
    (a0, a1), (b0, b1) = across, along

    def at(a: float, b: float) -> np.ndarray:
        return (quad[0] * (1 - a) * (1 - b) + quad[1] * a * (1 - b) +
                quad[2] * a * b + quad[3] * (1 - a) * b)

    return np.array([at(a0, b0), at(a1, b0), at(a1, b1), at(a0, b1)])


def _outward(points: np.ndarray, middle: np.ndarray) -> np.ndarray:
    normal = np.cross(points[1] - points[0], points[2] - points[0])
    normal /= np.linalg.norm(normal)
    return normal if normal @ (points.mean(axis=0) - middle) > 0 else -normal


def _shell(outline: Outline, length: float, half_width: float,
           paint: np.ndarray) -> tuple[list[Face], list[Face], np.ndarray]:
    """Return the strips across, the two sides (left, right), the middle."""
    ring = np.array([(share * half_width, height, place * length)
                     for place, height, share in outline])
    mirror = ring * [-1, 1, 1]
    middle = np.array([0.0, ring[:, 1].mean(), 0.0])
    strips = []
    for i in range(len(ring) - 1):
        quad = np.array([mirror[i], ring[i], ring[i + 1], mirror[i + 1]])
        strips.append(Face(quad, paint, _outward(quad, middle)))
    sides = [
        Face(half, paint, np.array([sign, 0.0, 0.0]))
        for half, sign in ((mirror, -1.0), (ring, 1.0))
    ]
    return strips, sides, middle


def _with(face: Face, *details: tuple[np.ndarray, np.ndarray]) -> Face:
    return Face(face.points, face.colour, face.outward,
                face.details + tuple(details), face.glow)


def _glazed(face: Face, across: tuple[float, float],
            along: tuple[float, float]) -> Face:
    """Set a pane with a reflection into a four-cornered face."""
    pane = part_of(face.points, across, along)
    low, high = along
    glint = part_of(face.points, across, (low + 0.62 * (high - low), high))
    return _with(face, (pane, _GLASS), (glint, _GLINT * 0.75))


def _disc(x: float, y: float, z: float, radius: float) -> np.ndarray:
    turn = np.linspace(0, 2 * np.pi, 18, endpoint=False)
    return np.stack([
        np.full_like(turn, x), y + radius * np.sin(turn),
        z + radius * np.cos(turn)
    ], -1)


def _wheels(side: Face, x: float, axles: Sequence[float],
            radius: float) -> Face:
    details = []
    for axle in axles:
        details += [(_disc(x, radius, axle, radius * 1.16), _RUBBER * 0.6),
                    (_disc(x, radius, axle, radius), _RUBBER),
                    (_disc(x, radius, axle, radius * 0.62), _STEEL),
                    (_disc(x, radius, axle, radius * 0.20), _STEEL * 0.5)]
    return _with(side, *details)


def _chassis(length: float, half_width: float, axles: Sequence[float],
             radius: float) -> list[Solid]:
    """Return tyres and the dark underside."""
    solids: list[Solid] = []
    for axle in axles:
        for sign in (-1, 1):
            outer = _disc(sign * half_width * 0.97, radius, axle, radius)
            inner = _disc(sign * (half_width - 0.24), radius, axle, radius)
            solids.append(
                Hull(
                    np.concatenate([outer, inner]), np.zeros(36), _RUBBER,
                    False))
    corners = np.array([(x * half_width * 0.9, y, z * length * 0.46)
                        for x in (-1, 1) for y in (0.18, 0.5)
                        for z in (-1, 1)])
    solids.append(Hull(corners, np.zeros(8), _RUBBER, False))
    return solids


def _front(strip: Face, low: Face, paint: np.ndarray) -> list[Face]:
    lamps = [(part_of(strip.points, across, (0.15, 0.85)), _LAMP)
             for across in ((0.02, 0.24), (0.76, 0.98))]
    grille = (part_of(strip.points, (0.30, 0.70), (0.25, 0.95)), _RUBBER * 1.6)
    plate = (part_of(low.points, (0.36, 0.64), (0.15, 0.6)), _PLATE)
    intake = (part_of(low.points, (0.08, 0.92), (0.68, 0.95)), paint * 0.25)
    return [_with(strip, grille, *lamps), _with(low, intake, plate)]


def _rear(low: Face, high: Face, lamp: float) -> list[Face]:
    lamps = [(part_of(high.points, across, (0.1, 0.85)), _REAR_LAMP)
             for across in ((0.02, 0.02 + lamp), (0.98 - lamp, 0.98))]
    plate = (part_of(low.points, (0.35, 0.65), (0.5, 0.9)), _PLATE)
    bumper = (part_of(low.points, (0.0, 1.0), (0.0, 0.4)), _RUBBER * 2.0)
    return [_with(low, bumper, plate), _with(high, *lamps)]


def car(rng: np.random.Generator) -> tuple[list[Solid], tuple[float, float]]:
    """Draw a car of random shape and paint.

    Returns:
        The model facing +Z and its (width, length) in metres.
    """
    shape = CAR_SHAPES[list(CAR_SHAPES)[rng.integers(len(CAR_SHAPES))]]
    paint = PAINTS[rng.integers(len(PAINTS))] * rng.uniform(0.85, 1.1)
    length = shape['length'] * rng.uniform(0.95, 1.05)
    height = shape['height'] * rng.uniform(0.97, 1.04)
    half = rng.uniform(0.84, 0.92)
    belt, cabin, wheel = shape['belt'], shape['cabin'], 0.32
    axles = (-0.30 * length, 0.31 * length)
    strips, sides, _ = _shell(
        ((-0.485, 0.22, 0.90), (-0.50, 0.55, 0.95), (-0.49, belt - 0.06, 0.95),
         (-0.465, belt, 0.93), (0.20, belt, 0.94), (0.46, belt - 0.17, 0.91),
         (0.492, belt - 0.36, 0.90), (0.50, 0.40, 0.90), (0.485, 0.2, 0.86)),
        length, half, paint)
    strips[:2] = _rear(strips[0], strips[1], 0.16)
    strips[-3:-1] = _front(strips[-3], strips[-2], paint)
    for i, (side, sign) in enumerate(zip(sides, (-1, 1))):
        x = sign * half * 0.95
        seam = np.array([(x, 0.3, 0.0), (x, belt, 0.0),
                         (x, belt, 0.012 * length), (x, 0.3, 0.012 * length)])
        sill = np.array([(x, y, z * length)
                         for y, z in ((0.2, -0.48), (0.31, -0.49),
                                      (0.31, 0.49), (0.2, 0.48))])
        sides[i] = _wheels(
            _with(side, (sill, paint * 0.4), (seam, paint * 0.5)), x, axles,
            wheel)
    roof, windows, _ = _shell(
        ((cabin[0], belt - 0.01, 0.90), (cabin[1], height - 0.05, 0.72),
         (cabin[1] + 0.06, height, 0.70), (cabin[2] - 0.06, height, 0.70),
         (cabin[2], height - 0.05, 0.72), (cabin[3], belt - 0.01, 0.90)),
        length, half, paint * 0.95)
    roof[0] = _glazed(roof[0], (0.08, 0.92), (0.12, 0.92))
    roof[-1] = _glazed(roof[-1], (0.05, 0.95), (0.92, 0.06))
    for i, side in enumerate(windows):
        quad = side.points[[0, 1, 4, 5]][[0, 3, 2, 1]]
        panes = [(part_of(quad, across, (0.10, 0.90)), _GLASS)
                 for across in ((0.07, 0.48), (0.53, 0.93))]
        glints = [(part_of(quad, across, (0.60, 0.90)), _GLINT * 0.6)
                  for across in ((0.07, 0.48), (0.53, 0.93))]
        windows[i] = _with(side, *panes, *glints)
    solids = _chassis(length, half * 0.95, axles, wheel)
    return [*solids, *strips, *sides, *roof, *windows], (2 * half, length)


def van(rng: np.random.Generator) -> tuple[list[Solid], tuple[float, float]]:
    """Draw a van: a panel van or a minibus with windows all round.

    Returns:
        The model facing +Z and its (width, length) in metres.
    """
    paint = VAN_PAINTS[rng.integers(len(VAN_PAINTS))] * rng.uniform(0.9, 1.05)
    length, height = rng.uniform(4.9, 5.7), rng.uniform(2.1, 2.55)
    half, wheel, belt = rng.uniform(0.95, 1.02), 0.35, 1.15
    axles = (-0.30 * length, 0.32 * length)
    minibus = rng.random() < 0.35
    strips, sides, _ = _shell(
        ((-0.49, 0.3, 0.93), (-0.50, 0.62, 0.96), (-0.495, belt, 0.96),
         (-0.485, height - 0.12, 0.90), (-0.46, height, 0.84),
         (0.19, height, 0.84), (0.25, height - 0.1, 0.87), (0.39, belt, 0.93),
         (0.475, 0.96, 0.92), (0.50, 0.70, 0.92), (0.50, 0.46, 0.91),
         (0.49, 0.25, 0.88)), length, half, paint)
    strips[0:2] = _rear(strips[0], strips[1], 0.09)
    for across in ((0.07, 0.47), (0.53, 0.93)):
        strips[2] = _glazed(strips[2], across, (0.12, 0.82))
    strips[6] = _glazed(strips[6], (0.05, 0.95), (0.95, 0.05))
    strips[8:10] = _front(strips[8], strips[9], paint)
    panes = [(0.12, 0.20, 0.355)]
    if minibus:
        panes += [(-0.45, -0.28, -0.28), (-0.26, -0.09, -0.09),
                  (-0.07, 0.09, 0.09)]
    for i, (side, sign) in enumerate(zip(sides, (-1, 1))):
        x = sign * half * 0.95
        details = []
        for rear, roof_front, foot_front in panes:
            corners = ((rear, belt + 0.06), (rear, height - 0.28),
                       (roof_front, height - 0.28), (foot_front, belt + 0.06))
            pane = np.array([(x, y, z * length) for z, y in corners])
            details.append((pane, _GLASS))
            glint = pane.copy()
            glint[[0, 3], 1] = height - 0.45
            glint[3, 2] = (pane[2, 2] * 0.75 + pane[3, 2] * 0.25)
            details.append((glint, _GLINT * 0.6))
        for z in (-0.05, 0.10, 0.37):
            details.append((np.array([
                (x, 0.32, z * length),
                (x, height - 0.2 if z < 0.3 else belt, z * length),
                (x, height - 0.2 if z < 0.3 else belt, (z + 0.006) * length),
                (x, 0.32, (z + 0.006) * length)
            ]), paint * 0.6))
        sill = np.array([(x, y, z * length)
                         for y, z in ((0.25, -0.49), (0.42, -0.5), (0.42, 0.5),
                                      (0.25, 0.49))])
        sides[i] = _wheels(
            _with(side, (sill, _RUBBER * 3), *details), x, axles, wheel)
    solids = _chassis(length, half * 0.95, axles, wheel)
    return [*solids, *strips, *sides], (2 * half, length)
