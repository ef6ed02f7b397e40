"""Ask people how real rain looks, and tally what they say.

Source: section 4.3.2 and Fig. 6 of the paper. ``page`` makes one HTML file
that needs no network; who opens it rates every image from one to five, then
chooses between two of each scene, and saves the answers. ``tally`` reads such
files.

    mmadvrain user_study page OUT.html --images real=DIR advrain=DIR
"""
import argparse
import base64
import json
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
from mmengine.utils import scandir
from scipy.stats import bootstrap
from tabulate import tabulate

from mmadvrain.cli import run_tool, tool_parser
from mmadvrain.utils.files import write_json
from mmadvrain.utils.images import IMAGE_SUFFIXES, read_image

PAGE = Path(__file__).with_name('user_study.html')


def parse_args() -> argparse.Namespace:
    parser = tool_parser(__doc__)
    commands = parser.add_subparsers(dest='command', required=True)
    page = commands.add_parser('page', help='make the page')
    page.add_argument('out', help='HTML file')
    page.add_argument(
        '--images',
        nargs='+',
        required=True,
        metavar='KIND=FOLDER',
        help='folders with the same scenes, by the kind of their rain; names '
        'without suffix say which images belong together')
    page.add_argument(
        '--width', type=int, default=800, help='largest, in pixels')
    tally = commands.add_parser('tally', help='tally answers')
    tally.add_argument('answers', nargs='+', help='saved by the page')
    tally.add_argument('--out', help='JSON file; default: only a table')
    return parser.parse_args()


def embedded(path: Path, width: int) -> str:
    """An image as a URL that holds it."""
    image = read_image(path)
    if image.shape[1] > width:
        height = round(image.shape[0] * width / image.shape[1])
        image = cv2.resize(
            image, (width, height), interpolation=cv2.INTER_AREA)
    data = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1]
    return f'data:image/jpeg;base64,{base64.b64encode(data).decode()}'


def find_images(pairs: list[str]) -> dict[str, dict[str, Path]]:
    """Files of each kind of rain by the name of their scene."""
    found = {}
    for pair in pairs:
        kind, _, folder = pair.partition('=')
        if not folder:
            raise SystemExit(f'--images wants KIND=FOLDER, but got {pair!r}')
        found[kind] = {
            Path(name).stem: Path(folder) / name
            for name in sorted(
                scandir(folder, IMAGE_SUFFIXES, case_sensitive=False))
        }
    scenes = set.intersection(*(set(files) for files in found.values()))
    if not scenes:
        raise SystemExit('the folders must have images of the same names, but '
                         f'{[pair.partition("=")[2] for pair in pairs]} have '
                         'none in common')
    return {
        kind: {
            name: files[name]
            for name in sorted(scenes)
        }
        for kind, files in found.items()
    }


def make_page(args: argparse.Namespace) -> None:
    """Write the page."""
    images = {
        kind: {
            name: embedded(path, args.width)
            for name, path in files.items()
        }
        for kind, files in find_images(args.images).items()
    }
    # a name of a file must not end the script
    study = json.dumps(dict(images=images)).replace('<', '\\u003c')
    page = PAGE.read_text().replace('/*STUDY*/null', study)
    Path(args.out).write_text(page)
    scenes = len(next(iter(images.values())))
    print(f'{args.out}: {len(images)} kinds of rain on {scenes} scenes')


def read_answers(paths: list[str]) -> dict[str, list[dict]]:
    """Answers by rater; a file that was sent twice counts once."""
    found = {}
    for path in paths:
        try:
            content = json.loads(Path(path).read_text())
            found[content['rater']] = list(content['answers'])
        except (KeyError, TypeError, ValueError) as error:
            raise SystemExit(f'{path} must hold the answers that the page '
                             f'saves, but cannot be read: {error!r}') from None
    return found


def interval(values: list[float]) -> list[float] | None:
    """95 percent interval of the mean over raters; None of a single one."""
    if len(values) < 2:
        return None
    if len(set(values)) == 1:
        return [values[0], values[0]]
    found = bootstrap((np.array(values), ),
                      np.mean,
                      method='percentile',
                      n_resamples=2000,
                      random_state=0).confidence_interval
    return [float(found.low), float(found.high)]


def tally(raters: dict[str, list[dict]]) -> list[dict]:
    """Mean score of each kind, and how often it is chosen over each other.

    Answers of one person are alike, so each rater counts once, and intervals
    are over raters.
    """
    rows: dict[tuple[str, str],
               dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for rater, answers in raters.items():
        for one in answers:
            if one['task'] == 'rate':
                rows['score', one['kind']][rater].append(one['score'])
            else:
                chosen, other = one['chosen'], one['other']
                rows[f'chosen over {other}', chosen][rater].append(1.)
                rows[f'chosen over {chosen}', other][rater].append(0.)
    found = []
    for (what, kind), by_rater in sorted(rows.items()):
        means = [float(np.mean(values)) for values in by_rater.values()]
        found.append(
            dict(
                kind=kind,
                what=what,
                mean=float(np.mean(means)),
                interval=interval(means),
                raters=len(means),
                answers=sum(map(len, by_rater.values()))))
    return found


def main() -> int:
    args = parse_args()
    if args.command == 'page':
        make_page(args)
        return 0
    rows = tally(read_answers(args.answers))
    print(tabulate(rows, headers='keys', tablefmt='github', floatfmt='.3f'))
    if args.out:
        write_json(args.out, rows)
    return 0


if __name__ == '__main__':
    run_tool(main)
