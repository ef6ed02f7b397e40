"""Let rain of a rate in mm/h fall on the images of a folder.

Rain is drawn anew for each image and the same in each run; see docs/physics.md
for what a rate, a wind and an exposure look like.

    mmadvrain browse demo/images OUT --rate 25 --wind 3 --veil
    mmadvrain browse IMAGES OUT --grid --rate 2.5 10 25 50 100 \\
        --beside night halder paper
"""
import argparse
import logging
from pathlib import Path

from mmadvrain.cli import quiet, run_tool, tool_parser

logger = logging.getLogger('browse_rain')


def parse_args() -> argparse.Namespace:
    from mmadvrain.rain import CAMERAS
    parser = tool_parser(__doc__)
    parser.add_argument('images', help='folder of images')
    parser.add_argument('out', help='folder of the rainy images, as PNG')
    parser.add_argument(
        '--rate',
        type=float,
        nargs='+',
        default=[25.],
        help='in mm/h; several make a grid')
    parser.add_argument(
        '--grid',
        action='store_true',
        help='one picture in place of all: a row for each image, a column for '
        'each rate, OUT/grid.png')
    parser.add_argument(
        '--beside',
        nargs='+',
        default=[],
        choices=['night', 'halder', 'paper'],
        help='more rows of a grid: the same rain before a lamp at night, '
        "blended as by rain-rendering, or as the paper's factors")
    parser.add_argument(
        '--wind', type=float, default=0., help='to the right, in m/s')
    parser.add_argument(
        '--exposure', type=float, help="in seconds; default: the camera's")
    parser.add_argument('--camera', choices=sorted(CAMERAS), default='coco')
    parser.add_argument(
        '--veil',
        action='store_true',
        help='veil what is far, over flat ground')
    parser.add_argument(
        '--fog', type=float, help='visibility in m; default: no fog')
    parser.add_argument(
        '--daylight', type=float, default=1., help='share that is left')
    parser.add_argument(
        '--lamp', type=float, default=0., help='light on drops, 1 is white')
    parser.add_argument('--seed', type=int, default=0)
    return parser.parse_args()


def check(args: argparse.Namespace, folder: Path, out: Path) -> None:
    """Refuse what does not fit together before any image is read."""
    if len(args.rate) > 1 and not args.grid:
        raise ValueError(f'several rates want --grid, but got {args.rate}')
    if args.beside and not args.grid:
        raise ValueError(f'--beside wants --grid, but got {args.beside} alone')
    if out.exists() and not out.is_dir():
        raise FileExistsError(f'{out} must be a folder, but is a file')
    if out.resolve() == folder.resolve():
        raise ValueError(f'the rainy images of {folder} want another folder, '
                         'where they replace none')
    if not folder.is_dir():
        raise FileNotFoundError(f'no folder of images at {args.images}')


def main() -> None:
    args = parse_args()
    with quiet():
        import numpy as np
        from mmengine.utils import scandir
        from rain_kinds import rain_of, thumbnail

        from mmadvrain.utils.files import write_png
        from mmadvrain.utils.images import IMAGE_SUFFIXES, read_image
        from mmadvrain.utils.progress import Progress
        from mmadvrain.utils.random import private_generator

    logging.basicConfig(level=logging.INFO, format='%(message)s')
    folder, out = Path(args.images), Path(args.out)
    check(args, folder, out)
    options = dict(
        camera=args.camera,
        wind_m_s=(args.wind, 0.),
        exposure_s=args.exposure,
        veil='ground' if args.veil else None,
        daylight=args.daylight,
        lamp=args.lamp,
        fog_visibility_m=args.fog)
    kinds = ['given', *args.beside]
    falling = {
        kind: [rain_of(kind, rate, options) for rate in args.rate]
        for kind in kinds
    }
    names = sorted(scandir(args.images, IMAGE_SUFFIXES, case_sensitive=False))
    if not names:
        raise FileNotFoundError(f'{args.images} must hold images '
                                f'{IMAGE_SUFFIXES}, but has none')
    titles = [f'{rate:g} mm/h' for rate in args.rate]
    rows = []
    with Progress('rain', len(names)) as progress:
        for name in names:
            image = read_image(str(folder / name))
            for kind, rains in falling.items():
                rainy = [
                    rain(image, private_generator(args.seed, name, 'rain'))
                    for rain in rains
                ]
                label = name if kind == 'given' else kind
                shown = zip([image, *rainy], [label, *titles])
                if args.grid:
                    rows.append(
                        np.concatenate([thumbnail(*pair) for pair in shown],
                                       1))
                else:
                    write_png(out / Path(name).with_suffix('.png'), *rainy)
            progress.advance(1)
    if args.grid:
        write_png(out / 'grid.png', np.concatenate(rows))
    logger.info(
        '%d rainy images are in %s; mmadvrain attack CONFIG WEIGHTS '
        '--images looks for worse', len(names), args.out)


if __name__ == '__main__':
    run_tool(main)
