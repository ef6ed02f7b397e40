"""KITTI 2D average precision, R11 and R40, from text files alone.

A table is printed, the numbers go to --out; docs/kitti.md tells the protocol.

    mmadvrain eval_kitti data/kitti/training/label_2 RESULTS --out ap.json
"""
import argparse
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from kitti_reference import load_reference, require_agreement

from mmadvrain.cli import quiet, run_tool, tool_parser

with quiet():
    from mmadvrain.datasets.kitti_format import (
        read_kitti_file,
        read_split_file,
    )
    from mmadvrain.evaluation.functional.kitti_eval import (
        MIN_OVERLAPS,
        KittiAP,
        kitti_ap,
    )
    from mmadvrain.evaluation.functional.kitti_summary import format_table
    from mmadvrain.typing import PathLike
    from mmadvrain.utils.files import write_json

logger = logging.getLogger('eval_kitti')


def evaluate_kitti_folders(
        label_dir: PathLike,
        result_dir: PathLike,
        stems: Sequence[str] | None = None,
        min_overlaps: Mapping[str, float] | None = None,
        reference: str | None = None) -> dict[str, dict[str, KittiAP]]:
    """Evaluate KITTI result files against label files of the same names.

    Every label file counts. A result file that is missing means an image
    without detections, and a warning.

    Args:
        label_dir: Label files, 15 fields per line.
        result_dir: Result files, 16 fields, the score last.
        stems: Names of the images to evaluate. Defaults to None: all label
            files.
        min_overlaps: Classes and their IoU limits. Defaults to None: Car 0.7,
            Pedestrian and Cyclist 0.5.
        reference: Folder of kitti-object-eval-python to compare with.
            Defaults to None.

    Returns:
        Class, then difficulty.

    Raises:
        FileNotFoundError: A folder, or a label file of ``stems``, is missing,
            or there are no label files.
        ValueError: A malformed line; the message names file and line.
        RuntimeError: The reference evaluator disagrees by more than 1e-6.
    """
    label_dir, result_dir = Path(label_dir), Path(result_dir)
    for folder in (label_dir, result_dir):
        if not folder.is_dir():
            raise FileNotFoundError(f'wanted a folder at {folder}, found none')
    if stems is None:
        stems = sorted(path.stem for path in label_dir.glob('*.txt'))
    if not stems:
        raise FileNotFoundError(f'wanted label files (*.txt) in {label_dir}, '
                                'found none')
    results = {path.stem for path in result_dir.glob('*.txt')}
    _warn('no result file, so no detections, for %d of %d images: %s',
          sorted(set(stems) - results), len(stems))
    _warn('result files without a label file are left out, %d of %d: %s',
          sorted(results - set(stems)), len(results))

    gts = [read_kitti_file(label_dir / f'{stem}.txt') for stem in stems]
    nothing: dict = dict(name=[], bbox=[], score=[])
    dets: Sequence[dict] = [
        read_kitti_file(result_dir / f'{stem}.txt', with_score=True)
        if stem in results else nothing for stem in stems
    ]
    min_overlaps = MIN_OVERLAPS if min_overlaps is None else min_overlaps
    scores = kitti_ap(gts, dets, min_overlaps, stems)
    if reference is not None:
        require_agreement(
            load_reference(reference), gts, dets, min_overlaps, scores)
    for name, levels in scores.items():
        for level, score in levels.items():
            if score.num_nan:
                logger.warning(
                    '%s %s: nothing left to divide at %d points of the curve, '
                    'counted as 0', name, level, score.num_nan)
            if not score.num_valid:
                logger.warning(
                    '%s %s: no object counts, so AP is 0 whatever the '
                    'detector does', name, level)
    return scores


def _warn(message: str, stems: Sequence[str], total: int) -> None:
    if stems:
        shown = ', '.join(stems[:5]) + (', ...' if len(stems) > 5 else '')
        logger.warning(message, len(stems), total, shown)


def as_json(
        scores: dict[str, dict[str, KittiAP]]) -> dict[str, dict[str, dict]]:
    """Scores as the JSON file holds them.

    Args:
        scores: Of :func:`evaluate_kitti_folders`.

    Returns:
        Class, difficulty, then ``R11`` and ``R40`` in percent; also ``flags``,
        a list with ``nan_precision``, but only where it is raised.
    """
    return {
        name: {
            level:
            dict(
                R11=score.r11,
                R40=score.r40,
                **(dict(flags=['nan_precision']) if score.num_nan else {}))
            for level, score in levels.items()
        }
        for name, levels in scores.items()
    }


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
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


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    logging.basicConfig(level=logging.INFO, format='%(message)s')
    scores = evaluate_kitti_folders(
        args.label_dir,
        args.result_dir,
        stems=read_split_file(args.split) if args.split else None,
        min_overlaps=parse_overlaps(args.min_overlap),
        reference=args.reference)
    if args.out:
        write_json(args.out, as_json(scores))
    logger.info('%s', format_table(scores))


if __name__ == '__main__':
    run_tool(main)
