"""Pedestrians and cyclists, built from limbs on a skeleton."""

import numpy as np

from .daylight import rgb
from .solids import Hull, Solid, ball, limb

SKINS = (rgb(0.87, 0.68, 0.56), rgb(0.76, 0.56,
                                    0.43), rgb(0.52, 0.35,
                                               0.24), rgb(0.34, 0.22, 0.16))
HAIRS = (rgb(0.08, 0.06, 0.05), rgb(0.26, 0.16,
                                    0.09), rgb(0.62, 0.46,
                                               0.22), rgb(0.55, 0.55, 0.56))
TOPS = (rgb(0.72, 0.10, 0.12), rgb(0.12, 0.25, 0.58), rgb(0.88, 0.86, 0.82),
        rgb(0.10, 0.10, 0.12), rgb(0.85, 0.66, 0.12), rgb(0.18, 0.45, 0.28),
        rgb(0.45, 0.20, 0.46), rgb(0.42, 0.43,
                                   0.46), rgb(0.90, 0.45,
                                              0.15), rgb(0.55, 0.70, 0.82))
TROUSERS = (rgb(0.12, 0.14, 0.20), rgb(0.16, 0.22,
                                       0.38), rgb(0.30, 0.27, 0.23),
            rgb(0.48, 0.43, 0.34), rgb(0.08, 0.08, 0.09))
FRAMES = (rgb(0.65, 0.10, 0.10), rgb(0.12, 0.30, 0.60), rgb(0.12, 0.12, 0.13),
          rgb(0.75, 0.75, 0.76), rgb(0.15, 0.45, 0.30))
HELMETS = (rgb(0.90, 0.88, 0.86), rgb(0.75, 0.12, 0.12), rgb(0.15, 0.30, 0.65),
           rgb(0.12, 0.12, 0.13), rgb(0.90, 0.75, 0.20))
_SHOE = rgb(0.10, 0.09, 0.09)
_TYRE = rgb(0.06, 0.06, 0.06)


def _pick(rng: np.random.Generator, colours: tuple) -> np.ndarray:
    return np.clip(
        colours[rng.integers(len(colours))] * rng.uniform(0.85, 1.15), 0, 1)


def _far_first(solids: list[Hull], yaw_rad: float) -> list[Solid]:
    """Sort limbs so that nearer ones are painted later."""
    towards = np.array([-np.sin(yaw_rad), 0.0, np.cos(yaw_rad)])
    return sorted(solids, key=lambda s: -float((s.points @ towards).mean()))


def pedestrian(rng: np.random.Generator,
               yaw_rad: float) -> tuple[list[Solid], tuple[float, float]]:
    """Draw a walking or standing person.

    Args:
        rng: Source of randomness.
        yaw_rad: Direction in which the person will be placed, needed to paint
            the limbs in the right order.

    Returns:
        The model facing +Z and its (width, length) in metres.
    """
    tall = rng.uniform(1.30, 1.50) if rng.random() < 0.12 else rng.uniform(
        1.58, 1.92)
    stride = 0.0 if rng.random() < 0.2 else rng.uniform(0.10, 0.17) * tall
    stride *= rng.choice([-1, 1])
    skin, hair = _pick(rng, SKINS), _pick(rng, HAIRS)
    top, legs = _pick(rng, TOPS), _pick(rng, TROUSERS)
    bulk = rng.uniform(0.92, 1.2)
    hip, shoulder = 0.50 * tall, 0.80 * tall
    hip_x, shoulder_x = 0.055 * tall, 0.105 * tall * bulk
    solids: list[Hull] = []
    for sign in (-1, 1):
        step = sign * stride
        knee = (sign * hip_x, 0.27 * tall, 0.55 * step + 0.03 * tall)
        foot = (sign * hip_x, 0.04 * tall, step - 0.02 * tall)
        solids += [
            limb((sign * hip_x, hip, 0), knee, (0.056 * tall, 0.042 * tall),
                 legs),
            limb(knee, foot, (0.042 * tall, 0.030 * tall), legs),
            limb(foot, (foot[0], 0.025 * tall, foot[2] + 0.08 * tall),
                 0.025 * tall, _SHOE)
        ]
        elbow = (sign * (shoulder_x + 0.03 * tall), 0.62 * tall, -0.45 * step)
        hand = (sign * (shoulder_x + 0.02 * tall), 0.48 * tall,
                -0.9 * step + 0.04 * tall)
        solids += [
            limb((sign * shoulder_x, shoulder, 0), elbow,
                 (0.038 * tall * bulk, 0.032 * tall), top),
            limb(elbow, hand, (0.031 * tall, 0.024 * tall), top),
            ball(hand, 0.024 * tall, skin)
        ]
    coat = rng.random() < 0.25
    hem = (0.36 if coat else 0.50) * tall
    trunk = np.array([(-shoulder_x * 0.8, shoulder, 0),
                      (shoulder_x * 0.8, shoulder, 0), (hip_x, hem, 0),
                      (-hip_x, hem, 0)])
    girth = np.array([0.048, 0.048, 0.062, 0.062]) * tall * bulk
    solids.append(Hull(trunk, girth, top))
    if rng.random() < 0.2:
        pack = np.array([(x, y * tall, -0.12 * tall) for x in (-0.10, 0.10)
                         for y in (0.60, 0.78)])
        solids.append(Hull(pack, np.full(4, 0.06), _pick(rng, TOPS) * 0.6))
    painted = _far_first(solids, yaw_rad)
    head = (0.0, 0.915 * tall, 0.02 * tall)
    crown = (0.0, 0.94 * tall, -0.005 * tall)
    painted.append(limb((0, 0.82 * tall, 0), head, 0.035 * tall, skin))
    top_last = [
        ball(head, 0.062 * tall, skin),
        ball(crown, 0.065 * tall, hair)
    ]
    if np.cos(yaw_rad) < -0.3:
        top_last = [
            ball((0, 0.94 * tall, -0.02 * tall), 0.062 * tall, hair),
            ball((0, 0.905 * tall, 0.0), 0.057 * tall, skin)
        ]
    return [*painted, *top_last], (0.55, max(0.5, 2 * abs(stride)))


def _wheel(z: float, radius: float) -> list[Hull]:
    turn = np.linspace(0, 2 * np.pi, 17)
    rim = np.stack([
        np.zeros_like(turn), radius + radius * 0.94 * np.sin(turn),
        z + radius * 0.94 * np.cos(turn)
    ], -1)
    tyre = [limb(a, b, 0.028, _TYRE, False) for a, b in zip(rim[:-1], rim[1:])]
    spokes = [
        limb(a, b, 0.006, rgb(0.5, 0.5, 0.5), False)
        for a, b in zip(rim[:8:2], rim[8::2])
    ]
    return spokes + tyre


def cyclist(rng: np.random.Generator,
            yaw_rad: float) -> tuple[list[Solid], tuple[float, float]]:
    """Draw a bicycle with its rider.

    Args:
        rng: Source of randomness.
        yaw_rad: Direction in which it will be placed, needed to paint the
            limbs in the right order.

    Returns:
        The model facing +Z and its (width, length) in metres.
    """
    skin, top = _pick(rng, SKINS), _pick(rng, TOPS)
    legs, frame = _pick(rng, TROUSERS), _pick(rng, FRAMES)
    cap = _pick(rng, HELMETS) if rng.random() < 0.7 else _pick(rng, HAIRS)
    lean = rng.uniform(0.18, 0.42)
    turn = rng.uniform(0, 2 * np.pi)
    size = rng.uniform(0.94, 1.06)
    crank, saddle = (0.0, 0.30, -0.02), (0.0, 0.93 * size, -0.22)
    bar, fork = (0.0, 1.02 * size, 0.42), (0.0, 0.35, 0.54)
    machine = [
        *_wheel(-0.52, 0.34), *_wheel(0.54, 0.34),
        limb((0, 0.34, -0.52), crank, 0.022, frame, False),
        limb((0, 0.34, -0.52), (0, 0.78, -0.17), 0.018, frame, False),
        limb(crank, saddle, 0.024, frame, False),
        limb(crank, (0, 0.78, 0.36), 0.026, frame, False),
        limb((0, 0.78, -0.17), (0, 0.80, 0.36), 0.024, frame, False),
        limb(fork, bar, 0.022, frame, False),
        limb((-0.27, 1.02 * size, 0.42), (0.27, 1.02 * size, 0.42), 0.02,
             _TYRE, False),
        limb((0, 0.95 * size, -0.32), (0, 0.95 * size, -0.12), 0.045, _TYRE)
    ]
    shoulder = np.array([0.0, 1.42 * size, -0.20 + lean])
    body: list[Hull] = []
    for sign in (-1, 1):
        angle = turn + (np.pi if sign > 0 else 0.0)
        foot = np.array(
            [sign * 0.10, 0.32 + 0.16 * np.sin(angle), 0.16 * np.cos(angle)])
        hip = np.array([sign * 0.09, 0.98 * size, -0.20])
        knee = (hip + foot) / 2 + [sign * 0.03, 0.06, 0.20]
        body += [
            limb(hip, knee, (0.092, 0.066), legs),
            limb(knee, foot, (0.064, 0.046), legs),
            limb(foot, foot + [0, -0.02, 0.14], 0.038, _SHOE)
        ]
        start = shoulder + [sign * 0.18, 0, 0]
        hand = np.array([sign * 0.25, 1.04 * size, 0.40])
        elbow = (start + hand) / 2 + [sign * 0.05, -0.04, -0.02]
        body += [
            limb(start, elbow, (0.060, 0.048), top),
            limb(elbow, hand, (0.046, 0.036), top),
            ball(hand, 0.042, skin)
        ]
    trunk = np.array([(-0.15, *shoulder[1:]), (0.15, *shoulder[1:]),
                      (0.09, 1.0 * size, -0.22), (-0.09, 1.0 * size, -0.22)])
    body.append(Hull(trunk, np.array([0.085, 0.085, 0.12, 0.12]), top))
    if rng.random() < 0.2:
        pack = trunk[:2] * [0.8, 1, 1] + [0, -0.02, -0.16]
        low = trunk[2:] + [0, 0.16, -0.14]
        body.append(
            Hull(
                np.concatenate([pack, low]), np.full(4, 0.07),
                _pick(rng, TOPS) * 0.6))
    head = shoulder + [0, 0.22, 0.08]
    top_last = [
        limb(shoulder, head, 0.055, skin),
        ball(head, 0.105, skin),
        limb(head + [0, 0.045, -0.05], head + [0, 0.055, 0.03], 0.105, cap)
    ]
    painted = _far_first([*machine, *body], yaw_rad)
    return [*painted, *top_last], (0.6, 1.75)
