"""KITTI label files of a COCO annotation file, or result files of results.

    mmadvrain coco2kitti annotations/val.json labels --class-map car=Car
    mmadvrain coco2kitti annotations/val.json found --results results.bbox.json
"""
import argparse
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mmadvrain.cli import quiet, run_tool, tool_parser

with quiet():
    from mmadvrain.datasets.coco_to_kitti import coco_to_kitti, image_stems
    from mmadvrain.datasets.kitti_format import (
        kitti_detections,
        write_kitti_file,
    )
    from mmadvrain.typing import ImageKey

logger = logging.getLogger('coco2kitti')


def coco_results_to_kitti(
        results: Sequence[dict],
        coco: dict,
        class_map: Mapping[str, str] | None = None) -> dict[str, dict]:
    """KITTI result files from COCO results.

    Args:
        results: ``image_id``, ``category_id``, ``bbox`` as (x, y, width,
            height), ``score``.
        coco: The annotation file the ids refer to.
        class_map: As for
            :func:`~mmadvrain.datasets.coco_to_kitti.coco_to_kitti`.

    Returns:
        Detections of every image of ``coco``, also of those without any, by
        image name without suffix.

    Raises:
        ValueError: Two images share a name without suffix, or a result refers
            to an image or a category that is not there.
    """
    names = {cat['id']: cat['name'] for cat in coco['categories']}
    rows: dict[ImageKey, list] = {img['id']: [] for img in coco['images']}
    for i, result in enumerate(results):
        if (result['image_id'] not in rows
                or result['category_id'] not in names):
            raise ValueError(
                f'result {i}: wanted an image and a category of the '
                f'annotation file, got image {result["image_id"]}, category '
                f'{result["category_id"]}')
        name = names[result['category_id']]
        if class_map is not None:
            name = class_map.get(name)
        if name is not None:
            left, top, width, height = result['bbox']
            rows[result['image_id']].append(
                (name, [left, top, left + width,
                        top + height], result['score']))
    stems = image_stems(coco)
    return {
        stems[image_id]:
        kitti_detections([row[0] for row in row_list],
                         np.array([row[1] for row in row_list]),
                         np.array([row[2] for row in row_list]))
        for image_id, row_list in rows.items()
    }


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('ann_file', help='COCO annotation file')
    parser.add_argument('out_dir', help='folder to write text files to')
    parser.add_argument(
        '--results', help='COCO results (JSON list) to write instead')
    parser.add_argument(
        '--class-map',
        nargs='+',
        metavar='NAME=TYPE',
        help='such as car=Car person=Pedestrian bicycle=Cyclist; other '
        'categories are left out (default: names stay)')
    return parser.parse_args(argv)


def parse_class_map(pairs: list[str] | None) -> dict[str, str] | None:
    """Read pairs of names.

    Args:
        pairs: Such as ``['car=Car']``.

    Returns:
        The map, None where there are no pairs.

    Raises:
        ValueError: A pair is malformed.
    """
    if not pairs:
        return None
    for pair in pairs:
        if pair.count('=') != 1 or pair[0] == '=' or pair[-1] == '=':
            raise ValueError(f'wanted NAME=TYPE for --class-map, got {pair!r}')
    return dict(pair.split('=') for pair in pairs)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    logging.basicConfig(level=logging.INFO, format='%(message)s')
    class_map = parse_class_map(args.class_map)
    coco = json.loads(Path(args.ann_file).read_text(encoding='utf-8'))
    if args.results:
        results = json.loads(Path(args.results).read_text(encoding='utf-8'))
        files = coco_results_to_kitti(results, coco, class_map)
    else:
        files = coco_to_kitti(coco, class_map)
    out_dir = Path(args.out_dir)
    out_dir.mkdir(parents=True, exist_ok=True)
    for stem, arrays in files.items():
        write_kitti_file(out_dir / f'{stem}.txt', arrays)
    logger.info('%d files: %s', len(files), out_dir)


if __name__ == '__main__':
    run_tool(main)
