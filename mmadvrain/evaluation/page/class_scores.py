"""AP of each class on each view."""
from collections.abc import Sequence

import numpy as np

from mmadvrain.evaluation.functional.coco_eval import (
    coco_precision,
    mean_precision,
)

from .run_folder import RunFolder, RunImage

IOU_THRS = np.linspace(.5, .95, 10).tolist()


def class_scores(run: RunFolder) -> dict[str, dict[str, float]]:
    """COCO AP of boxes, IoU 0.50:0.95, from the detections that were kept.

    Args:
        run: A run of a detector.

    Returns:
        By name of the class, AP by view in [0, 1], classes with most objects
        first; those without objects are left out.
    """
    images = [image for image in run.images if image.truth is not None]
    labels = sorted({
        int(label)
        for image in images if image.truth
        for label in image.truth.labels[image.truth.scores > 0]
    })
    if not labels:
        return {}
    truth = _truth(images, labels)
    found: dict[str, dict[str, float]] = {}
    for view in run.views:
        if not any(view in image.found for image in images):
            continue
        precision = coco_precision(truth, _found(images, view),
                                   [image.name for image in images], labels,
                                   IOU_THRS)
        for place, label in enumerate(labels):
            name = class_name(run.classes, label)
            found.setdefault(name, {})[view] = mean_precision(
                precision[:, :, place, 0], 0.)
    objects = count_objects(run)
    return dict(sorted(found.items(), key=lambda item: -objects[item[0]]))


def count_objects(run: RunFolder) -> dict[str, int]:
    """Number of objects that count, by name of the class."""
    objects: dict[str, int] = {}
    for image in run.images:
        if image.truth is not None:
            for label in image.truth.labels[image.truth.scores > 0]:
                name = class_name(run.classes, label)
                objects[name] = objects.get(name, 0) + 1
    return objects


def class_name(classes: Sequence[str], label: int) -> str:
    """Name of a class, its number where there is none."""
    return classes[label] if 0 <= label < len(classes) else str(label)


def _truth(images: Sequence[RunImage], labels: Sequence[int]) -> dict:
    annotations = [
        dict(
            image_id=image.name,
            bbox=_sides(box),
            category_id=int(label),
            iscrowd=int(not counts)) for image in images if image.truth
        for box, label, counts in zip(*image.truth)
    ]
    return dict(
        annotations=annotations,
        categories=[dict(id=label, name=str(label)) for label in labels])


def _found(images: Sequence[RunImage], view: str) -> list[dict]:
    return [
        dict(
            image_id=image.name,
            bbox=_sides(box),
            score=float(score),
            category_id=int(label)) for image in images if view in image.found
        for box, label, score in zip(*image.found[view])
    ]


def _sides(box: np.ndarray) -> list[float]:
    x1, y1, x2, y2 = box.tolist()
    return [x1, y1, x2 - x1, y2 - y1]
