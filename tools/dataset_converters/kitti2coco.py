"""COCO annotation file of KITTI's label files.

    mmadvrain kitti2coco data/kitti/training/image_2 \\
        data/kitti/training/label_2 val.json --split ImageSets/val.txt
"""
import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmadvrain.cli import quiet, run_tool, tool_parser

with quiet():
    from mmadvrain.datasets.kitti_dataset import (
        find_image,
        image_id_of,
        image_size_hw,
        list_stems,
    )
    from mmadvrain.datasets.kitti_format import (
        KITTI_NEIGHBOURS,
        KITTI_TYPES,
        read_kitti_file,
        read_split_file,
    )
    from mmadvrain.typing import PathLike
    from mmadvrain.utils.files import write_json

logger = logging.getLogger('kitti2coco')
CLASSES = ('Car', 'Pedestrian', 'Cyclist')


def kitti_to_coco(image_dir: PathLike,
                  label_dir: PathLike,
                  stems: Sequence[str] | None = None,
                  classes: Sequence[str] = CLASSES) -> dict:
    """Build a COCO annotation file from KITTI label files.

    Objects of a neighbour class (Van for Car, Person_sitting for Pedestrian)
    become crowd annotations of that class, so that COCO's evaluator ignores
    them as KITTI's does; a DontCare region becomes one crowd annotation per
    class, marked ``ignore_region``. All other types get categories of their
    own after ``classes``. The KITTI line is kept under ``kitti``, exactly.

    Args:
        image_dir: Folder of images.
        label_dir: Folder of label files.
        stems: Names of the images. Defaults to None: all label files.
        classes: KITTI types that are classes. Defaults to Car, Pedestrian,
            Cyclist.

    Returns:
        ``images``, ``annotations``, ``categories``. A numeric name gives the
        image's id; where some name is not numeric, they are counted.

    Raises:
        FileNotFoundError: An image or a label file is missing.
        ValueError: A class or a type that KITTI does not have.
    """
    unknown = [name for name in classes if name not in KITTI_TYPES]
    if unknown or 'DontCare' in classes:
        raise ValueError(f'wanted classes among {KITTI_TYPES[:-1]}, got '
                         f'{tuple(classes)}')
    if stems is None:
        stems = list_stems(label_dir, ('.txt', ))
    others = [
        name for name in KITTI_TYPES if name not in classes
        and name != 'DontCare' and KITTI_NEIGHBOURS.get(name) not in classes
    ]
    category = {name: i for i, name in enumerate([*classes, *others], 1)}
    targets = {name: [category[name]] for name in category}
    targets.update({
        name: [category[of]]
        for name, of in KITTI_NEIGHBOURS.items() if name not in category
    })
    targets['DontCare'] = [category[name] for name in classes]

    numeric = all(isinstance(image_id_of(stem), int) for stem in stems)
    images: list[dict] = []
    annotations: list[dict] = []
    for index, stem in enumerate(stems):
        image_path = find_image(image_dir, stem)
        height, width = image_size_hw(image_path)
        image_id = image_id_of(stem) if numeric else index
        images.append(
            dict(
                id=image_id,
                file_name=image_path.name,
                height=height,
                width=width))
        label_path = Path(label_dir) / f'{stem}.txt'
        labels = read_kitti_file(label_path)
        for line, name in enumerate(labels['name']):
            if name not in targets:
                raise ValueError(f'{label_path}: wanted one of KITTI\'s types '
                                 f'{KITTI_TYPES}, found {name!r}')
            for category_id in targets[name]:
                annotations.append(
                    dict(
                        id=len(annotations) + 1,
                        image_id=image_id,
                        category_id=category_id,
                        **_annotation(labels, line, name not in category)))
    return dict(
        images=images,
        annotations=annotations,
        categories=[dict(id=i, name=name) for name, i in category.items()])


def _annotation(labels: dict, line: int, crowd: bool) -> dict:
    left, top, right, bottom = labels['bbox'][line].tolist()
    return dict(
        bbox=[left, top, right - left, bottom - top],
        area=(right - left) * (bottom - top),
        iscrowd=int(crowd),
        ignore_region=labels['name'][line] == 'DontCare',
        kitti=dict(
            line=line,
            **{
                key:
                value[line].tolist()
                if isinstance(value, np.ndarray) else value[line]
                for key, value in labels.items()
            }))


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('image_dir', help='such as training/image_2')
    parser.add_argument('label_dir', help='such as training/label_2')
    parser.add_argument('out', help='JSON file to write')
    parser.add_argument(
        '--split', help='list of image names, such as ImageSets/val.txt')
    parser.add_argument(
        '--classes',
        nargs='+',
        default=list(CLASSES),
        help='KITTI types that are classes (default: %(default)s)')
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    logging.basicConfig(level=logging.INFO, format='%(message)s')
    coco = kitti_to_coco(
        args.image_dir,
        args.label_dir,
        stems=read_split_file(args.split) if args.split else None,
        classes=args.classes)
    write_json(args.out, coco)
    logger.info('%d images, %d annotations: %s', len(coco['images']),
                len(coco['annotations']), args.out)


if __name__ == '__main__':
    run_tool(main)
