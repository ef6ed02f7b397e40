"""Let rain of a rate in mm/h fall on the images of a folder.

Rain is drawn anew for each image and the same in each run; see docs/physics.md
for what a rate, a wind and an exposure look like.

    mmadvrain browse demo/images OUT --rate 25 --wind 3 --veil
"""
import argparse
import logging
from pathlib import Path

from mmadvrain.cli import quiet, run_tool, tool_parser

logger = logging.getLogger('browse_rain')

SUFFIXES = ('.png', '.jpg', '.jpeg', '.bmp')


def parse_args() -> argparse.Namespace:
    from mmadvrain.rain import CAMERAS
    parser = tool_parser(__doc__)
    parser.add_argument('images', help='folder of images')
    parser.add_argument('out', help='folder of the rainy images, as PNG')
    parser.add_argument('--rate', type=float, default=25., help='in mm/h')
    parser.add_argument(
        '--wind', type=float, default=0., help='to the right, in m/s')
    parser.add_argument(
        '--exposure', type=float, help="in seconds; default: the camera's")
    parser.add_argument('--camera', choices=sorted(CAMERAS), default='coco')
    parser.add_argument(
        '--veil',
        action='store_true',
        help='veil what is far, over flat ground')
    parser.add_argument('--seed', type=int, default=0)
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    with quiet():
        from mmengine.utils import scandir

        from mmadvrain.datasets.transforms import AddRain
        from mmadvrain.utils.files import write_png
        from mmadvrain.utils.images import read_image
        from mmadvrain.utils.progress import Progress
        from mmadvrain.utils.random import private_generator
    logging.basicConfig(level=logging.INFO, format='%(message)s')
    if not Path(args.images).is_dir():
        raise FileNotFoundError(f'no folder of images at {args.images}')
    add_rain = AddRain(
        args.rate,
        camera=args.camera,
        wind_m_s=(args.wind, 0.),
        exposure_s=args.exposure,
        veil='ground' if args.veil else None)
    names = sorted(scandir(args.images, SUFFIXES, case_sensitive=False))
    if not names:
        raise FileNotFoundError(f'{args.images} must hold images {SUFFIXES}, '
                                'but has none')
    with Progress('rain', len(names)) as progress:
        for name in names:
            image = read_image(str(Path(args.images) / name))
            rainy = add_rain.on_image(
                image, private_generator(args.seed, name, 'rain'))
            write_png(Path(args.out) / Path(name).with_suffix('.png'), rainy)
            progress.advance(1)
    logger.info(
        '%d rainy images are in %s; mmadvrain attack CONFIG WEIGHTS '
        '--images looks for worse', len(names), args.out)


if __name__ == '__main__':
    run_tool(main)
