"""Make the report of a finished attack or study again.

WORK_DIR is the folder of a run of tools/attack.py, which gets report.html,
report.md and report.csv, or of tools/study.py, which gets report.html.

    mmadvrain report work_dirs/advrain_street-scenes
"""
import argparse
import json
from pathlib import Path

from mmadvrain.cli import quiet, run_tool, tool_parser

with quiet():
    from mmadvrain.evaluation.page import write_run_page, write_study_page
    from mmadvrain.structures.study_row import StudyRow


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('work_dir', type=Path, help='folder of the results')
    parser.add_argument(
        '--score-thr',
        type=float,
        default=0.3,
        help='least score of a detection that is drawn and counted among the '
        'errors; default: 0.3')
    parser.add_argument(
        '--most-images',
        type=int,
        default=5000,
        help='images in the gallery, those with most damage; default: 5000')
    return parser.parse_args()


def main() -> None:
    """Write the page of whichever it is."""
    args = parse_args()
    study = args.work_dir / 'study.json'
    if study.is_file():
        content = json.loads(study.read_text())
        rows = [StudyRow(**row) for row in content['rows']]
        page = write_study_page(args.work_dir, rows, content['title'],
                                content.get('table', ''))
    else:
        page = write_run_page(args.work_dir, args.score_thr, args.most_images)
    print(page)


if __name__ == '__main__':
    run_tool(main)
