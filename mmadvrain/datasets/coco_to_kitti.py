"""COCO annotations as KITTI's label files have them."""
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmadvrain.typing import ImageKey

from .coco_format import check_coco
from .kitti_format import kitti_detections


def coco_to_kitti(
        coco: dict,
        class_map: Mapping[str, str] | None = None) -> dict[str, dict]:
    """KITTI labels from a COCO annotation file.

    Annotations of ``tools/dataset_converters/kitti2coco.py`` come back
    unchanged. Of others the box is kept; truncation and occlusion are 0,
    crowds become DontCare regions, and the 3D fields hold KITTI's marks for
    "unknown".

    Args:
        coco: A COCO annotation file as read.
        class_map: From category names to KITTI types; categories that are not
            in it are left out. Defaults to None: names stay.

    Returns:
        Labels by image name without suffix, as
        :func:`~mmadvrain.datasets.kitti_format.read_kitti_file` gives them.

    Raises:
        ValueError: Two images share a name without suffix, or the file is
            not of COCO's form.
    """
    check_coco(coco)
    names = {cat['id']: cat['name'] for cat in coco['categories']}
    rows: dict[ImageKey, list[dict]] = {
        img['id']: []
        for img in coco['images']
    }
    for ann in coco.get('annotations', ()):
        if ann['image_id'] not in rows:
            raise ValueError(f'annotation {ann.get("id")}: wanted an image of '
                             f'the file, got image {ann["image_id"]}')
        if 'kitti' in ann:
            rows[ann['image_id']].append(ann['kitti'])
            continue
        name = names[ann['category_id']]
        if class_map is not None:
            name = class_map.get(name)
        if name is None:
            continue
        left, top, width, height = ann['bbox']
        single = kitti_detections(
            ['DontCare' if ann.get('iscrowd', 0) else name],
            np.array([[left, top, left + width, top + height]]), np.zeros(1))
        if not ann.get('iscrowd', 0):
            single.update(truncated=np.zeros(1), occluded=np.zeros(1, int))
        rows[ann['image_id']].append({
            key: value[0]
            for key, value in single.items() if key != 'score'
        })
    stems = image_stems(coco)
    try:
        return {
            stems[image_id]: _columns(row)
            for image_id, row in rows.items()
        }
    except (AttributeError, KeyError, OverflowError, TypeError) as error:
        raise ValueError("the annotations: wanted the fields of KITTI's lines "
                         f'under `kitti`, but {error!r}') from error


def image_stems(coco: dict) -> dict[ImageKey, str]:
    """Names of the images without folder and suffix, by id.

    Args:
        coco: A COCO annotation file as read.

    Raises:
        ValueError: Two images share such a name.
    """
    stems = {img['id']: Path(img['file_name']).stem for img in coco['images']}
    if len(set(stems.values())) != len(stems):
        raise ValueError('wanted image names that differ without folder and '
                         'suffix, got some twice')
    return stems


def _columns(rows: Sequence[dict]) -> dict:
    # a DontCare region is there once per class: its line number tells
    by_line = {row.get('line', -1 - i): row for i, row in enumerate(rows)}
    ordered = [by_line[line] for line in sorted(by_line)] if all(
        line >= 0 for line in by_line) else list(by_line.values())
    num = len(ordered)

    def column(key: str, width: int, dtype: Any = np.float64) -> np.ndarray:
        values: np.ndarray = np.array([row[key] for row in ordered],
                                      dtype=dtype)
        return values.reshape((num, width) if width else num)

    return dict(
        name=[row['name'] for row in ordered],
        truncated=column('truncated', 0),
        occluded=column('occluded', 0, np.int64),
        alpha=column('alpha', 0),
        bbox=column('bbox', 4),
        dimensions=column('dimensions', 3),
        location=column('location', 3),
        rotation_y=column('rotation_y', 0))
