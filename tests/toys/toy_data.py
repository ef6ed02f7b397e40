"""A small data set in COCO form: coloured boxes on grey noise."""
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

TOY_CLASSES = ('red', 'green', 'blue')
_COLOURS_BGR = ((40, 40, 200), (40, 180, 40), (200, 60, 40))
# with gaps, as COCO has them
_CATEGORY_IDS = (1, 3, 7)
_IMAGE_IDS = (11, 5, 42, 7, 30, 2)
_SIZES_HW = ((64, 96), (96, 64), (72, 80), (64, 96), (80, 80), (64, 64))
_WITHOUT_OBJECTS = 3
_WITH_CROWD = 2


def write_toy_coco(root: str | Path,
                   num_images: int = 6,
                   seed: int = 0) -> Path:
    """Write a data set of at most six images.

    The images differ in size and are PNG and JPEG in turn; the fourth has no
    objects, and the third has a crowd box beside its objects. Ids have gaps
    and no order.

    Args:
        root: Folder that gets ``images/`` and ``annotations.json``.
        num_images: In [1, 6]. Defaults to 6.
        seed: Seed of contents. Defaults to 0.

    Returns:
        The annotation file.

    Raises:
        ValueError: If there are no so many images.
    """
    if not 1 <= num_images <= len(_SIZES_HW):
        raise ValueError(f'`num_images` must be in [1, {len(_SIZES_HW)}], but '
                         f'got {num_images}')
    root = Path(root)
    (root / 'images').mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for index in range(num_images):
        size_hw, key = _SIZES_HW[index], _IMAGE_IDS[index]
        picture = _background(rng, size_hw)
        boxes = [] if index == _WITHOUT_OBJECTS else _boxes(rng, size_hw)
        for label, (x, y, w, h) in boxes:
            noise = rng.normal(0, 8, (h, w, 3))
            picture[y:y + h, x:x + w] = _COLOURS_BGR[label] + noise
            annotations.append(
                _annotation(len(annotations), key, label, (x, y, w, h)))
        if index == _WITH_CROWD:
            crowd = (2, 2, size_hw[1] // 4, size_hw[0] // 4)
            annotations.append(
                _annotation(len(annotations), key, 0, crowd, iscrowd=1))
        name = f'{key:06d}.{"jpg" if index % 2 else "png"}'
        cv2.imwrite(
            str(root / 'images' / name),
            picture.round().clip(0, 255).astype(np.uint8))
        images.append(
            dict(id=key, file_name=name, height=size_hw[0], width=size_hw[1]))
    content = dict(
        images=images,
        annotations=annotations,
        categories=[
            dict(id=i, name=name)
            for i, name in zip(_CATEGORY_IDS, TOY_CLASSES)
        ])
    path = root / 'annotations.json'
    path.write_text(json.dumps(content))
    return path


def _background(rng: np.random.Generator, size_hw: tuple[int,
                                                         int]) -> np.ndarray:
    coarse = rng.uniform(60, 110, (4, 4)).astype(np.float32)
    smooth = cv2.resize(coarse, size_hw[::-1], interpolation=cv2.INTER_CUBIC)
    return smooth[..., None] + rng.normal(0, 6, (*size_hw, 3))


def _boxes(rng: np.random.Generator,
           size_hw: tuple[int, int]) -> list[tuple[int, tuple[int, ...]]]:
    """Two boxes of different classes, one in each half of the image."""
    height, width = size_hw
    labels = rng.permutation(len(TOY_CLASSES))[:2].tolist()
    along = width >= height
    found: list[tuple[int, tuple[int, ...]]] = []
    for half, label in enumerate(labels):
        w, h = rng.integers(18, 30, 2).tolist()
        room = (width // 2 if along else width,
                height if along else height // 2)
        x = int(rng.integers(0, room[0] - w + 1)) + half * along * width // 2
        y = int(rng.integers(
            0, room[1] - h + 1)) + half * (not along) * height // 2
        found.append((label, (x, y, w, h)))
    return found


def _annotation(index: int,
                image_id: int,
                label: int,
                box: Sequence[int],
                iscrowd: int = 0) -> dict[str, Any]:
    return dict(
        id=index + 1,
        image_id=image_id,
        category_id=_CATEGORY_IDS[label],
        bbox=[float(v) for v in box],
        area=float(box[2] * box[3]),
        iscrowd=iscrowd)


def toy_dataset(root: str | Path,
                pipeline: Sequence[dict] | None = None) -> dict[str, Any]:
    """Config of the data set that :func:`write_toy_coco` wrote.

    Args:
        root: Its folder.
        pipeline: None loads and packs images at their own size, with
            annotations.

    Returns:
        For MMDetection's ``DATASETS``.
    """
    if pipeline is None:
        pipeline = [
            dict(type='LoadImageFromFile'),
            dict(type='Resize', scale_factor=1.0, keep_ratio=True),
            dict(type='LoadAnnotations', with_bbox=True),
            dict(type='PackDetInputs')
        ]
    return dict(
        type='CocoDataset',
        data_root=str(root),
        ann_file='annotations.json',
        data_prefix=dict(img='images/'),
        metainfo=dict(classes=TOY_CLASSES),
        test_mode=True,
        pipeline=[dict(step) for step in pipeline])
