"""COCO annotation file of KITTI's label files."""
import argparse
import logging
import sys

from mmadvrain.datasets.kitti_format import read_split_file
from mmadvrain.datasets.kitti_to_coco import CLASSES, kitti_to_coco
from mmadvrain.utils.files import write_json

logger = logging.getLogger('kitti2coco')


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line.

    Args:
        argv: Arguments. Defaults to None: those of the process.

    Returns:
        The arguments.
    """
    parser = argparse.ArgumentParser(description=__doc__)
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
        coco = kitti_to_coco(
            args.image_dir,
            args.label_dir,
            stems=read_split_file(args.split) if args.split else None,
            classes=args.classes)
        write_json(args.out, coco)
    except (OSError, ValueError) as error:
        logger.error('error: %s', error)
        return 1
    logger.info('%d images, %d annotations: %s', len(coco['images']),
                len(coco['annotations']), args.out)
    return 0


if __name__ == '__main__':
    sys.exit(main())
