"""KITTI label files of a COCO annotation file, or result files of results."""
import argparse
import json
import logging
import sys
from pathlib import Path

from mmadvrain.datasets.coco_to_kitti import (
    coco_results_to_kitti,
    coco_to_kitti,
)
from mmadvrain.datasets.kitti_format import write_kitti_file

logger = logging.getLogger('coco2kitti')


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line.

    Args:
        argv: Arguments. Defaults to None: those of the process.

    Returns:
        The arguments.
    """
    parser = argparse.ArgumentParser(description=__doc__)
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


def main(argv: list[str] | None = None) -> int:
    """Convert and write.

    Args:
        argv: Arguments. Defaults to None: those of the process.

    Returns:
        0, or 1 where something was wrong with the input.
    """
    args = parse_args(argv)
    logging.basicConfig(level=logging.INFO, format='%(message)s')
    try:
        class_map = parse_class_map(args.class_map)
        coco = json.loads(Path(args.ann_file).read_text(encoding='utf-8'))
        if args.results:
            results = json.loads(
                Path(args.results).read_text(encoding='utf-8'))
            files = coco_results_to_kitti(results, coco, class_map)
        else:
            files = coco_to_kitti(coco, class_map)
        out_dir = Path(args.out_dir)
        out_dir.mkdir(parents=True, exist_ok=True)
        for stem, arrays in files.items():
            write_kitti_file(out_dir / f'{stem}.txt', arrays)
    except (OSError, ValueError) as error:
        logger.error('error: %s', error)
        return 1
    logger.info('%d files: %s', len(files), out_dir)
    return 0


if __name__ == '__main__':
    sys.exit(main())
