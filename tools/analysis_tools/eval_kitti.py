"""KITTI 2D average precision, R11 and R40, from text files alone."""
import argparse
import logging
import sys

from mmadvrain.datasets.kitti_format import read_split_file
from mmadvrain.evaluation.functional.kitti_eval import MIN_OVERLAPS
from mmadvrain.evaluation.functional.kitti_summary import format_table
from mmadvrain.evaluation.kitti_folders import as_json, evaluate_kitti_folders
from mmadvrain.utils.files import write_json

logger = logging.getLogger('eval_kitti')


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line.

    Args:
        argv: Arguments. Defaults to None: those of the process.

    Returns:
        The arguments.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('label_dir', help='folder of label files')
    parser.add_argument('result_dir', help='folder of result files')
    parser.add_argument(
        '--out', help='JSON file: {class: {difficulty: {"R11", "R40"}}}')
    parser.add_argument(
        '--split', help='list of image names, such as ImageSets/val.txt')
    parser.add_argument(
        '--min-overlap',
        nargs='+',
        metavar='CLASS=IOU',
        help='classes and the IoU to exceed (default: Car=0.7 '
        'Pedestrian=0.5 Cyclist=0.5)')
    parser.add_argument(
        '--reference',
        metavar='FOLDER',
        help='checkout of kitti-object-eval-python to compare with')
    return parser.parse_args(argv)


def parse_overlaps(pairs: list[str] | None) -> dict[str, float]:
    """Read classes and limits.

    Args:
        pairs: Such as ``['Car=0.7']``.

    Returns:
        The limits; KITTI's where there are no pairs.

    Raises:
        ValueError: A pair is malformed.
    """
    if not pairs:
        return dict(MIN_OVERLAPS)
    overlaps = {}
    for pair in pairs:
        name, _, text = pair.partition('=')
        try:
            overlaps[name] = float(text)
        except ValueError as error:
            raise ValueError('wanted CLASS=IOU for --min-overlap, got '
                             f'{pair!r}') from error
    return overlaps


def main(argv: list[str] | None = None) -> int:
    """Evaluate and write.

    Args:
        argv: Arguments. Defaults to None: those of the process.

    Returns:
        0, or 1 where something was wrong with the input.
    """
    args = parse_args(argv)
    logging.basicConfig(level=logging.INFO, format='%(message)s')
    try:
        scores = evaluate_kitti_folders(
            args.label_dir,
            args.result_dir,
            stems=read_split_file(args.split) if args.split else None,
            min_overlaps=parse_overlaps(args.min_overlap),
            reference=args.reference)
        if args.out:
            write_json(args.out, as_json(scores))
    except (OSError, ValueError, ImportError, RuntimeError) as error:
        logger.error('error: %s', error)
        return 1
    logger.info('%s', format_table(scores))
    return 0


if __name__ == '__main__':
    sys.exit(main())
