"""Simple solids that everything on the street is made of.

Axes of a solid are those of the world: X to the right, Y up, Z forward. A
thing is modelled at the origin, facing +Z, and put on the street by ``place``.
"""
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Face:
    """Flat polygon with details painted on it.

    Args:
        points: Corners in metres. Shape (n, 3).
        colour: Reflectance, RGB in [0, 1].
        outward: Unit normal; the face is seen from this side.
        details: Pairs of (points of shape (n, 3), colour), painted in order if
            the face is seen.
        glow: Share of the colour that needs no light, in [0, 1].
    """

    points: np.ndarray
    colour: np.ndarray
    outward: np.ndarray
    details: tuple[tuple[np.ndarray, np.ndarray], ...] = ()
    glow: float = 0.0


@dataclass(frozen=True)
class Hull:
    """Convex hull of balls: limbs, heads, tyres, poles.

    Args:
        points: Centres of the balls in metres. Shape (n, 3).
        radii: Radii in metres, zero for a plain corner. Shape (n,).
        colour: Reflectance, RGB in [0, 1].
        rounded: Whether the middle is lit more than the rim.
    """

    points: np.ndarray
    radii: np.ndarray
    colour: np.ndarray
    rounded: bool = True


@dataclass(frozen=True)
class Leaves:
    """Heap of small balls, painted in order: foliage.

    Args:
        points: Centres in metres. Shape (n, 3).
        radii: Radii in metres. Shape (n,).
        colours: Reflectances, RGB in [0, 1]. Shape (n, 3).
    """

    points: np.ndarray
    radii: np.ndarray
    colours: np.ndarray


Solid = Face | Hull | Leaves


@dataclass(frozen=True)
class Thing:
    """Something that stands on the street.

    Args:
        solids: Solids in world coordinates, in the order in which they are
            painted.
        footprint: Corners of the ground it stands on, as (X, Z) in metres.
            Shape (4, 2).
        kind: Name of the category, or None for scenery, which hides objects
            but is not one.
    """

    solids: tuple[Solid, ...]
    footprint: np.ndarray
    kind: str | None = None

    @property
    def place_xz(self) -> np.ndarray:
        """Middle of the footprint, (X, Z) in metres."""
        return self.footprint.mean(axis=0)


def limb(start: Sequence[float],
         end: Sequence[float],
         radius: float | tuple[float, float],
         colour: np.ndarray,
         rounded: bool = True) -> Hull:
    """Return a rod between two points, with a radius or one for each end."""
    radii = np.broadcast_to(np.asarray(radius, dtype=np.float64), (2, ))
    return Hull(
        np.array([start, end], dtype=np.float64), radii, colour, rounded)


def ball(centre: Sequence[float], radius: float, colour: np.ndarray) -> Hull:
    """Return a ball."""
    return Hull(
        np.array([centre], dtype=np.float64), np.array([radius]), colour)


def block(low: Sequence[float],
          high: Sequence[float],
          colour: np.ndarray,
          details: tuple = ()) -> list[Face]:
    """Return the faces of an upright block, without its underside.

    Args:
        low: Smallest X, Y, Z in metres.
        high: Largest X, Y, Z in metres.
        colour: Reflectance, RGB in [0, 1].
        details: Details of the face towards -Z, as in ``Face``.
    """
    (x0, y0, z0), (x1, y1, z1) = low, high
    sides = (((0, 0, 1), [(x0, y0, z1), (x1, y0, z1), (x1, y1, z1),
                          (x0, y1, z1)]), ((-1, 0, 0), [(x0, y0, z0),
                                                        (x0, y0, z1),
                                                        (x0, y1, z1),
                                                        (x0, y1, z0)]),
             ((1, 0, 0), [(x1, y0, z0), (x1, y0, z1), (x1, y1, z1),
                          (x1, y1, z0)]), ((0, 1, 0), [
                              (x0, y1, z0), (x1, y1, z0), (x1, y1, z1),
                              (x0, y1, z1)
                          ]), ((0, 0, -1), [(x0, y0, z0), (x1, y0, z0),
                                            (x1, y1, z0), (x0, y1, z0)]))
    return [
        Face(
            np.array(points, dtype=np.float64), colour,
            np.array(outward, dtype=np.float64),
            details if outward == (0, 0, -1) else ())
        for outward, points in sides
    ]


def place(solids: Sequence[Solid],
          size_xz: tuple[float, float],
          position_xz: tuple[float, float],
          yaw_rad: float,
          kind: str | None = None) -> Thing:
    """Put a model on the street.

    Args:
        solids: Model at the origin, facing +Z.
        size_xz: Width and length of the footprint in metres.
        position_xz: Where it stands, in metres.
        yaw_rad: Turn about the vertical: 0 faces away from the camera, pi / 2
            to the right.
        kind: Category. Defaults to None, scenery.

    Returns:
        The model in world coordinates.
    """
    sine, cosine = np.sin(yaw_rad), np.cos(yaw_rad)
    turn = np.array([[cosine, 0.0, -sine], [0.0, 1.0, 0.0],
                     [sine, 0.0, cosine]])
    shift = np.array([position_xz[0], 0.0, position_xz[1]])

    def moved(solid: Solid) -> Solid:
        if not isinstance(solid, Face):
            return replace(solid, points=solid.points @ turn + shift)
        return replace(
            solid,
            points=solid.points @ turn + shift,
            outward=solid.outward @ turn,
            details=tuple((points @ turn + shift, colour)
                          for points, colour in solid.details))

    half = np.array(size_xz) / 2
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    footprint = corners @ turn[::2, ::2] + shift[::2]
    return Thing(tuple(moved(solid) for solid in solids), footprint, kind)
