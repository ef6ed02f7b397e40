"""Objects that a person says are on images."""
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmadvrain.typing import PathLike
from mmadvrain.utils.files import read_text

Annotations = PathLike | Sequence[dict]
"""A file in COCO's form, or of each image ``bboxes`` and ``labels``."""


def given_objects(annotations: Annotations, paths: Sequence[Path],
                  classes: Sequence[str]) -> list[list[dict]]:
    """Read what is on images.

    Args:
        annotations: A file in COCO's form, of which each image has the entry
            whose ``file_name`` its path ends with; or of each image a dict of
            ``bboxes``, (x1, y1, x2, y2) in pixels, shape (n, 4), and
            ``labels``, names of classes or their places.
        paths: Of the images.
        classes: Of the detector.

    Returns:
        Of each image, as MMDetection's data sets give ``instances``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is in another form, an image is not in it, or a
            class is not of the detector.
    """
    places = {name.lower(): i for i, name in enumerate(classes)}
    if isinstance(annotations, (str, Path)):
        return _of_file(Path(annotations), paths, places)
    if len(annotations) != len(paths):
        raise ValueError(f'wanted annotations of {len(paths)} images, got '
                         f'those of {len(annotations)}')
    return [_of_dict(entry, places) for entry in annotations]


def _of_dict(entry: dict, places: dict[str, int]) -> list[dict]:
    try:
        boxes = np.asarray(entry['bboxes'], dtype=float).reshape(-1, 4)
        labels = list(entry['labels'])
    except (LookupError, TypeError, ValueError) as error:
        raise ValueError(
            'wanted of each image dict(bboxes=[[x1, y1, x2, y2], ...], '
            f'labels=[...]), but got {str(entry)[:80]}') from error
    if len(boxes) != len(labels):
        raise ValueError(f'wanted a label for each of {len(boxes)} boxes, got '
                         f'{len(labels)}')
    return [
        _instance(box, _place(label, places))
        for box, label in zip(boxes.tolist(), labels)
    ]


def _instance(box: list[float], label: int, crowd: bool = False) -> dict:
    if not box[2] > box[0] or not box[3] > box[1]:
        raise ValueError('wanted boxes (x1, y1, x2, y2) with x1 < x2 and y1 < '
                         f'y2, but got {box}')
    return dict(bbox=box, bbox_label=label, ignore_flag=int(crowd))


def _place(label: object, places: dict[str, int]) -> int:
    if isinstance(label, (int, np.integer)) and 0 <= label < len(places):
        return int(label)
    place = places.get(str(label).lower())
    if place is None:
        raise ValueError(f'wanted a class of the detector, {list(places)}, or '
                         f'its place, but got {label!r}')
    return place


def _of_file(file: Path, paths: Sequence[Path],
             places: dict[str, int]) -> list[list[dict]]:
    if not file.is_file():
        raise FileNotFoundError(f'no annotation file at {file}')
    try:
        content = json.loads(read_text(file))
        names = {c['id']: c['name'] for c in content['categories']}
        by_image: dict[object, list[dict]] = {}
        for one in content['annotations']:
            by_image.setdefault(one['image_id'], []).append(one)
        entries = {
            Path(image['file_name']).parts: by_image.get(image['id'], [])
            for image in content['images']
        }
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise ValueError(f'wanted annotations in the form of COCO, but {file} '
                         f'is not: {type(error).__name__} {error}') from error
    found = []
    for path in paths:
        tails = [path.parts[i:] for i in range(len(path.parts))]
        known = next((tail for tail in tails if tail in entries), None)
        if known is None:
            raise ValueError(f'{file} has no entry for {path}: wanted a '
                             '`file_name` that the path ends with')
        found.append([
            _instance(
                _corners(one), _place(names[one['category_id']], places),
                bool(one.get('iscrowd'))) for one in entries[known]
        ])
    return found


def _corners(one: dict) -> list[float]:
    x, y, width, height = one['bbox']
    return [x, y, x + width, y + height]
