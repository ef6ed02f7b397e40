"""Boxes of street scenes in the forms of COCO and KITTI."""
from collections.abc import Sequence
from typing import Any

from .layout import CATEGORIES
from .scene import SceneObject

# what KITTI writes where nothing is known, and for a whole DontCare line
_UNKNOWN = dict(
    alpha=-10.0,
    dimensions=[-1.0, -1.0, -1.0],
    location=[-1000.0, -1000.0, -1000.0],
    rotation_y=-10.0)


def kitti_fields(item: SceneObject) -> dict[str, Any]:
    """Return the fields of an object's line in a KITTI label file.

    An ignored object becomes a ``DontCare`` region. The fields in three
    dimensions hold KITTI's marks for "unknown".

    Args:
        item: The object.

    Returns:
        ``name``, ``truncated``, ``occluded``, ``alpha``, ``bbox``,
        ``dimensions``, ``location``, ``rotation_y``.
    """
    return dict(
        name='DontCare' if item.ignored else item.category,
        truncated=-1.0 if item.ignored else item.truncation,
        occluded=-1 if item.ignored else item.occlusion,
        bbox=list(item.box),
        **_UNKNOWN)


def coco_annotations(scenes: Sequence[Sequence[SceneObject]],
                     file_names: Sequence[str],
                     size_hw: Sequence[int]) -> dict[str, Any]:
    """Return the annotation file of a split in COCO's form.

    An ignored object is a crowd annotation, which COCO's evaluator passes
    over. The line of the KITTI file is kept under ``kitti``.

    Args:
        scenes: Objects of each image.
        file_names: Name of each image below its folder.
        size_hw: Height and width of the images.

    Returns:
        ``info``, ``images``, ``annotations``, ``categories``.
    """
    height, width = size_hw
    images: list[dict] = []
    annotations: list[dict] = []
    for image_id, (objects, name) in enumerate(zip(scenes, file_names)):
        images.append(
            dict(id=image_id, file_name=name, height=height, width=width))
        for line, item in enumerate(objects):
            x1, y1, x2, y2 = item.box
            wide, tall = round(x2 - x1, 2), round(y2 - y1, 2)
            annotations.append(
                dict(
                    id=len(annotations) + 1,
                    image_id=image_id,
                    category_id=CATEGORIES.index(item.category) + 1,
                    bbox=[x1, y1, wide, tall],
                    area=round(wide * tall, 4),
                    iscrowd=int(item.ignored),
                    visible=round(item.visible, 4),
                    kitti=dict(line=line, **kitti_fields(item))))
    categories = [
        dict(id=number, name=name)
        for number, name in enumerate(CATEGORIES, 1)
    ]
    return dict(
        info=dict(description='mmadvrain street scenes, procedural'),
        images=images,
        annotations=annotations,
        categories=categories)
