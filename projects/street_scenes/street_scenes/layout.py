"""Draws what stands where on a street."""
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import scenery
from .backdrop import Street
from .buildings import Building, draw_row
from .camera import Camera
from .daylight import Daylight, draw_daylight, rgb
from .people import cyclist, pedestrian
from .solids import Thing, place
from .vehicles import car, van

SIZE_HW = (256, 416)
CATEGORIES = ('Car', 'Van', 'Pedestrian', 'Cyclist')
FARTHEST_M = 30.0

_PAVINGS = (rgb(0.56, 0.55, 0.52), rgb(0.50, 0.46,
                                       0.42), rgb(0.60, 0.56,
                                                  0.50), rgb(0.46, 0.47, 0.48))
_VERGES = (rgb(0.26, 0.38, 0.14), rgb(0.32, 0.36, 0.16), rgb(0.48, 0.46, 0.42))


@dataclass(frozen=True)
class Plan:
    """Everything that decides how a scene looks, but for camera noise.

    Args:
        camera: Where the picture is taken from.
        light: Sun, sky and haze.
        street: Ground plan.
        buildings: Houses on both sides.
        things: Objects and scenery, in no order.
    """

    camera: Camera
    light: Daylight
    street: Street
    buildings: list[Building]
    things: list[Thing]


def _draw_street(rng: np.random.Generator, town: float) -> Street:
    lanes = 4 if rng.random() < 0.25 else 2
    crossing = rng.uniform(7.0, 18.0) if rng.random() < 0.3 else None
    return Street(
        road_m=rng.uniform(6.6, 7.6) if lanes == 4 else rng.uniform(4.4, 5.6),
        pavement_m=rng.uniform(2.2, 3.6),
        setback_m=rng.uniform(0.0, 0.5) if town > 0.6 else rng.uniform(
            1.5, 4.5),
        lanes=lanes,
        crossing_m=crossing,
        centre_line=str(rng.choice(['dashed', 'dashed', 'solid', 'none'])),
        edge_line=bool(rng.random() < 0.4),
        road_tone=rng.uniform(0.24, 0.42),
        paving=_PAVINGS[rng.integers(len(_PAVINGS))] * rng.uniform(0.85, 1.15),
        verge=_VERGES[rng.integers(2 if town < 0.6 else 3)] *
        rng.uniform(0.85, 1.15))


def _draw_camera(rng: np.random.Generator, street: Street) -> Camera:
    height, width = SIZE_HW
    lane = street.road_m / 2 if street.lanes == 2 else street.road_m / 4
    return Camera(
        focal_px=rng.uniform(265.0, 325.0),
        centre_px=width * rng.uniform(0.40, 0.58),
        horizon_px=height * rng.uniform(0.40, 0.48),
        height_m=rng.uniform(1.45, 1.9),
        offset_m=lane - 0.6 + rng.uniform(-0.9, 0.9),
        size_hw=SIZE_HW)


class _Crowd:
    """Things placed so far; refuses what would stand in another's place."""

    def __init__(self, rng: np.random.Generator, camera: Camera) -> None:
        self.rng = rng
        self.camera = camera
        self.things: list[Thing] = []

    def _free(self, footprint: np.ndarray, gap_m: float) -> bool:
        low, high = footprint.min(axis=0) - gap_m, footprint.max(
            axis=0) + gap_m
        return all((thing.footprint.max(
            axis=0) < low).any() or (thing.footprint.min(axis=0) > high).any()
                   for thing in self.things)

    def _seen(self, footprint: np.ndarray) -> bool:
        centre = footprint.mean(axis=0)
        camera = self.camera
        column = camera.centre_px + camera.scale(centre[1]) * (
            centre[0] - camera.offset_m)
        return bool(footprint[:, 1].min() > 2.2
                    and -60 < column < camera.size_hw[1] + 60)

    def add(self,
            make: Callable,
            kind: str | None,
            position_xz: tuple[float, float],
            yaw_rad: float,
            gap_m: float = 0.25) -> None:
        """Place a model unless it is out of sight or the place is taken."""
        solids, size = make()
        thing = place(solids, size, position_xz, yaw_rad, kind)
        if self._seen(thing.footprint) and self._free(thing.footprint, gap_m):
            self.things.append(thing)


def _vehicle(rng: np.random.Generator) -> tuple[str, Callable]:
    if rng.random() < 0.27:
        return 'Van', lambda: van(rng)
    return 'Car', lambda: car(rng)


def _add_vehicles(crowd: _Crowd, street: Street) -> None:
    rng = crowd.rng
    for side in (-1, 1):
        full = rng.uniform(0.0, 0.75)
        z = rng.uniform(4.0, 9.0)
        while z < FARTHEST_M:
            if rng.random() < full and not (street.crossing_m is not None
                                            and abs(z - street.crossing_m -
                                                    1.5) < 5.0):
                kind, make = _vehicle(rng)
                facing = np.pi if (side < 0) ^ (rng.random() < 0.15) else 0.0
                crowd.add(make, kind,
                          (side * (street.road_m - rng.uniform(1.0, 1.2)), z),
                          facing + rng.normal(0, 0.02))
            z += rng.uniform(6.0, 8.0)
    lanes = ((-0.27, np.pi), (0.27, 0.0))
    for share, facing in lanes:
        for _ in range(rng.integers(0, 3)):
            kind, make = _vehicle(rng)
            x = share * street.road_m + rng.uniform(-0.5, 0.5)
            crowd.add(make, kind, (x, rng.uniform(6.0, FARTHEST_M + 4)),
                      facing + rng.normal(0, 0.05), 0.6)
    if rng.random() < 0.3:
        kind, make = _vehicle(rng)
        crowd.add(
            make, kind,
            (rng.uniform(-0.7, 0.7) * street.road_m, rng.uniform(10.0, 24.0)),
            rng.uniform(0, 2 * np.pi), 0.5)


def _add_cyclists(crowd: _Crowd, street: Street) -> None:
    rng = crowd.rng
    for _ in range(rng.integers(0, 4)):
        z = rng.uniform(4.5, 22.0)
        if rng.random() < 0.3:
            x = rng.uniform(-0.8, 0.8) * street.road_m
            yaw = rng.choice([-1, 1]) * np.pi / 2 + rng.normal(0, 0.35)
        else:
            side = rng.choice([-1, 1])
            x = side * (street.road_m - rng.uniform(0.6, 3.0))
            yaw = (0.0 if side > 0 else np.pi) + rng.normal(0, 0.15)
        crowd.add(lambda yaw=yaw: cyclist(rng, yaw), 'Cyclist', (x, z), yaw)


def _add_pedestrians(crowd: _Crowd, street: Street) -> None:
    rng = crowd.rng
    for _ in range(rng.integers(1, 8)):
        z = rng.uniform(4.0, 24.0)
        if rng.random() < 0.3:
            x = rng.uniform(-1.0, 1.0) * street.road_m
            yaw = rng.choice([-1, 1]) * np.pi / 2 + rng.normal(0, 0.4)
            if street.crossing_m is not None and rng.random() < 0.7:
                z = street.crossing_m + rng.uniform(0.3, 2.7)
        else:
            x = rng.choice([-1, 1]) * (
                street.road_m +
                rng.uniform(0.4, street.pavement_m + 0.6 * street.setback_m))
            yaw = rng.choice([0.0, np.pi]) + rng.normal(0, 0.5)
        crowd.add(
            lambda yaw=yaw: pedestrian(rng, yaw), 'Pedestrian', (x, z), yaw)
        if rng.random() < 0.3:
            near = (x + rng.uniform(-0.8, 0.8), z + rng.uniform(-0.7, 0.7))
            crowd.add(
                lambda yaw=yaw: pedestrian(rng, yaw),
                'Pedestrian',
                near,
                yaw,
                0.05)


def _add_scenery(crowd: _Crowd, street: Street, town: float) -> None:
    rng = crowd.rng
    kerb = street.road_m + 0.55
    for side in (-1, 1):
        if rng.random() < 0.6:
            every = rng.uniform(7.0, 14.0)
            for z in np.arange(rng.uniform(6.5, 12.0), 60.0, every):
                crowd.add(lambda: scenery.tree(rng), None, (side * kerb, z),
                          rng.uniform(0, 6))
        if rng.random() < 0.6:
            for z in np.arange(rng.uniform(5.0, 18.0), 60.0, 18.0):
                crowd.add(lambda: scenery.lamp(rng), None, (side * kerb, z),
                          np.pi if side > 0 else 0.0)
        if rng.random() < 0.2:
            for z in np.arange(rng.uniform(3.0, 6.0), 20.0, 1.8):
                crowd.add(lambda: scenery.bollard(rng), None,
                          (side * (kerb - 0.15), z), 0.0)
        for make in (scenery.sign, scenery.bin_or_box):
            if rng.random() < 0.5:
                crowd.add(
                    lambda make=make: make(rng),
                    None,
                    (side *
                     (kerb + rng.uniform(0, 0.4)), rng.uniform(5.0, 25.0)),
                    0.0)
        if street.setback_m > 1.0:
            beyond = street.road_m + street.pavement_m
            for _ in range(rng.integers(0, 10)):
                make = scenery.tree if rng.random() < 0.35 else scenery.bush
                x = side * (beyond + rng.uniform(0.8, street.setback_m))
                crowd.add(
                    lambda make=make: make(rng),
                    None, (x, rng.uniform(7.0, 50.0)),
                    rng.uniform(0, 6),
                    0.0)


def draw_plan(rng: np.random.Generator) -> Plan:
    """Draw a street with everything on it.

    Args:
        rng: Source of randomness.

    Returns:
        The scene.
    """
    town = float(rng.uniform(0.0, 1.0))
    light = draw_daylight(rng)
    street = _draw_street(rng, town)
    camera = _draw_camera(rng, street)
    buildings = [
        building for side in (-1, 1)
        for building in draw_row(rng, side, street.wall_m, town)
    ]
    crowd = _Crowd(rng, camera)
    _add_vehicles(crowd, street)
    _add_cyclists(crowd, street)
    _add_pedestrians(crowd, street)
    _add_scenery(crowd, street, town)
    return Plan(camera, light, street, buildings, crowd.things)
