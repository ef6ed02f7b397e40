"""A picture of a street with the boxes of what is on it."""
from dataclasses import dataclass

import cv2
import numpy as np

from .backdrop import paint_ground, paint_sky
from .buildings import paint_buildings
from .layer import Layer, paint_thing
from .layout import Plan, draw_plan
from .ordering import far_to_near
from .shadows import paint_shadows

MIN_HEIGHT_PX = 16.0
MIN_WIDTH_PX = 6.0
MIN_VISIBLE = 0.2
_FACTOR = 2


@dataclass(frozen=True)
class SceneObject:
    """A road user in a picture.

    Args:
        category: ``'Car'``, ``'Van'``, ``'Pedestrian'`` or ``'Cyclist'``.
        box: x1, y1, x2, y2 in pixels around the whole object, hidden parts
            included, clipped to the picture; rounded to hundredths.
        truncation: Share of the unclipped box outside the picture, in [0, 1],
            rounded to hundredths.
        visible: Share of the object's pixels in the picture that nothing
            hides, in [0, 1].
        ignored: Whether it is too small or too much hidden to be asked of a
            detector.
    """

    category: str
    box: tuple[float, float, float, float]
    truncation: float
    visible: float
    ignored: bool

    @property
    def occlusion(self) -> int:
        """Integer, KITTI's level: 0 fully visible, 1 partly, 2 largely
        hidden."""
        return 0 if self.visible >= 0.85 else 1 if self.visible >= 0.5 else 2


@dataclass(frozen=True)
class Scene:
    """A rendered street.

    Args:
        image: RGB. Shape (H, W, 3), uint8.
        objects: What is on it, farthest first.
    """

    image: np.ndarray
    objects: list[SceneObject]


def _measure(layer: Layer, window: tuple, owner: np.ndarray, index: int,
             category: str) -> SceneObject:
    """Return box and visibility of a painted object.

    Args:
        layer: Picture of the object.
        window: Slices of the frame and of the layer that meet.
        owner: Index of the thing seen at each pixel. Shape (H, W), int32.
        index: Index of this object.
        category: Name of its category.
    """
    height, width = owner.shape
    x1, y1, x2, y2 = layer.box
    left, top = max(x1, 0.0), max(y1, 0.0)
    right, bottom = min(x2, float(width)), min(y2, float(height))
    inside = (right - left) * (bottom - top)
    truncation = 1.0 - inside / ((x2 - x1) * (y2 - y1))
    frame, own = window
    covered = layer.cover[own] > 0.5
    total = max(int(covered.sum()), 1)
    visible = int((covered & (owner[frame] == index)).sum()) / total
    small = bottom - top < MIN_HEIGHT_PX or right - left < MIN_WIDTH_PX
    box = (round(left, 2), round(top, 2), round(right, 2), round(bottom, 2))
    ignored = small or visible < MIN_VISIBLE or truncation > 0.8
    return SceneObject(category, box, round(truncation, 2), visible, ignored)


def _photograph(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add what a camera adds: blur, vignetting, exposure, noise.

    Args:
        picture: RGB in [0, 1]. Shape (H, W, 3), float32.
        rng: Source of randomness.

    Returns:
        RGB. Shape (H, W, 3), uint8.
    """
    height, width = picture.shape[:2]
    picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.35, 0.6))
    rows = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    columns = np.linspace(-1, 1, width, dtype=np.float32)[None]
    falloff = 1 - rng.uniform(0.02, 0.12) * (rows**2 + columns**2)
    balance = rng.uniform(0.97, 1.03, 3)
    balance = (balance * rng.uniform(0.95, 1.15)).astype(np.float32)
    exposed = picture * falloff[..., None] * balance
    exposed = np.clip(exposed, 0, 1)**rng.uniform(0.88, 1.05)
    sigma = rng.uniform(0.004, 0.014) * np.sqrt(0.35 + exposed)
    noisy = exposed + sigma * rng.standard_normal(
        exposed.shape, dtype=np.float32)
    return np.round(255 * np.clip(noisy, 0, 1)).astype(np.uint8)


def render_plan(plan: Plan, rng: np.random.Generator) -> Scene:
    """Render a scene.

    Args:
        plan: What to paint.
        rng: Source of randomness of textures and camera noise.

    Returns:
        The picture and the boxes.
    """
    camera, light = plan.camera, plan.light
    height, width = camera.size_hw
    ground = paint_ground(camera, light, plan.street, rng)
    shadows = paint_shadows(camera, light, plan.things, plan.buildings)
    canvas = paint_sky(camera, light, rng)
    top = camera.ground_row
    canvas[top:] = ground * shadows[top:, :, None]
    canvas = cv2.resize(
        canvas, (_FACTOR * width, _FACTOR * height),
        interpolation=cv2.INTER_NEAREST)
    paint_buildings(canvas, camera, light, _FACTOR, plan.buildings, rng)
    canvas = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)

    eye = np.array([camera.offset_m, 0.0])
    order = far_to_near([thing.footprint for thing in plan.things], eye)
    owner = np.full((height, width), -1, dtype=np.int32)
    layers = {}
    for index in order:
        layer = paint_thing(camera, light, plan.things[index])
        window = None if layer is None else layer.window(owner.shape)
        if layer is None or window is None:
            continue
        layer.paste(canvas)
        frame, own = window
        owner[frame][layer.cover[own] > 0.5] = index
        layers[index] = layer, window
    objects = []
    for index, (layer, window) in layers.items():
        kind = plan.things[index].kind
        if kind is not None:
            item = _measure(layer, window, owner, index, kind)
            if item.visible > 0 and item.truncation < 1:
                objects.append(item)
    return Scene(_photograph(canvas, rng), objects)


def render_scene(seed: int, index: int) -> Scene:
    """Render the scene of a seed and an index, the same at every call.

    Args:
        seed: Seed of the split, at least 0.
        index: Index of the image in the split, at least 0.

    Returns:
        The picture and the boxes. With the same versions of NumPy and OpenCV
        they agree bit by bit from call to call.

    Raises:
        ValueError: If seed or index is negative.
    """
    if seed < 0 or index < 0:
        raise ValueError('seed and index must be at least 0, got '
                         f'{seed} and {index}')
    rng = np.random.default_rng((seed, index))
    return render_plan(draw_plan(rng), rng)
