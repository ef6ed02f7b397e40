"""Get COCO val 2017 (also as minival 2014) or KITTI ready.

Interrupted downloads go on where they stopped; sizes, checksums and the free
room of the disk are checked; archives cannot write outside their folder.
"""
import argparse
import logging
import sys

from mmadvrain.datasets.archives import ARCHIVES, prepare_dataset

logger = logging.getLogger('download_dataset')


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line.

    Args:
        argv: Arguments. Defaults to None: those of the process.

    Returns:
        The arguments.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--dataset-name', required=True, choices=sorted(ARCHIVES))
    parser.add_argument(
        '--save-dir', required=True, help='such as data/coco or data/kitti')
    parser.add_argument(
        '--unzip', action='store_true', help='unpack what was downloaded')
    parser.add_argument(
        '--delete', action='store_true', help='delete unpacked archives')
    parser.add_argument(
        '--mirror', help='address of a folder with the same archives')
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Download and unpack.

    Args:
        argv: Arguments. Defaults to None: those of the process.

    Returns:
        0, or 1 where something went wrong.
    """
    args = parse_args(argv)
    logging.basicConfig(level=logging.INFO, format='%(message)s')
    try:
        prepare_dataset(args.dataset_name, args.save_dir, args.unzip,
                        args.delete, args.mirror)
    except (OSError, ValueError) as error:
        logger.error('error: %s', error)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
