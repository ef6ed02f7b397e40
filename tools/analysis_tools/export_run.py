"""Hand a finished attack to other tools.

WORK_DIR is the folder of a run of tools/attack.py against a detector.

    mmadvrain export_run WORK_DIR coco OUT
    mmadvrain export_run WORK_DIR imagefolder OUT
    mmadvrain export_run WORK_DIR fiftyone NAME

`coco` writes annotations.json, whose images have a field a view, and the
detections on each view; `imagefolder` what Hugging Face datasets read, with
data card and, where mlcroissant is installed, a Croissant file; `fiftyone`
makes a grouped dataset NAME in FiftyOne's database.
"""
import argparse
from pathlib import Path

from mmadvrain.cli import quiet, run_tool, tool_parser

with quiet():
    from mmadvrain.evaluation.export import (
        ExportedRun,
        make_fiftyone,
        write_coco,
        write_image_folder,
    )


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('work_dir', help='folder of the results')
    parser.add_argument('form', choices=['coco', 'imagefolder', 'fiftyone'])
    parser.add_argument(
        'target', help="folder to write to, or the dataset's name in FiftyOne")
    parser.add_argument(
        '--overwrite',
        action='store_true',
        help='write into a folder that holds files, or replace the dataset')
    return parser.parse_args()


def main() -> None:
    """Export in the form that was asked for."""
    args = parse_args()
    if args.form != 'fiftyone' and not args.overwrite:
        _check_empty(Path(args.target))
    run = ExportedRun.load(args.work_dir)
    if args.form == 'fiftyone':
        made = make_fiftyone(run, args.target, args.overwrite)
        where = f'{made.name}; look at it: fiftyone app launch {made.name}'
    elif args.form == 'coco':
        where = str(write_coco(run, args.target))
    else:
        where = str(write_image_folder(run, args.target))
    print(f'{len(run.images)} images in {len(run.views)} views: {where}')


def _check_empty(folder: Path) -> None:
    if folder.is_file() or folder.is_dir() and any(folder.iterdir()):
        raise ValueError(f'wanted an empty folder to write to, but {folder} '
                         'holds files: choose another or pass --overwrite')


if __name__ == '__main__':
    run_tool(main)
