"""Let rain of a rate in mm/h fall on the images of a folder."""
import argparse
from pathlib import Path

from mmengine.utils import ProgressBar, scandir

from mmadvrain.datasets.transforms import AddRain
from mmadvrain.rain import CAMERAS
from mmadvrain.utils.files import write_png
from mmadvrain.utils.images import read_image
from mmadvrain.utils.random import private_generator

SUFFIXES = ('.png', '.jpg', '.jpeg', '.bmp')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description='Let rain of a rate in mm/h fall on images')
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
    add_rain = AddRain(
        args.rate,
        camera=args.camera,
        wind_m_s=(args.wind, 0.),
        exposure_s=args.exposure,
        veil='ground' if args.veil else None)
    names = sorted(scandir(args.images, SUFFIXES, case_sensitive=False))
    if not names:
        raise SystemExit(f'{args.images} must hold images {SUFFIXES}, but has '
                         'none')
    progress = ProgressBar(len(names))
    for name in names:
        image = read_image(str(Path(args.images) / name))
        rainy = add_rain.on_image(image,
                                  private_generator(args.seed, name, 'rain'))
        write_png(Path(args.out) / Path(name).with_suffix('.png'), rainy)
        progress.update()


if __name__ == '__main__':
    main()
