"""Say what to set up before a real camera to get the rain of an attack.

Source: section 4.6 of the paper. Rain rate or litres a minute on an area, size
of drops, wind, angle and exposure, of each image of a finished run or of one
file of factors; as text, and as JSON where --out names a file.

    mmadvrain rain_guide work_dirs/advrain_street-scenes
"""
import argparse
from pathlib import Path

from mmadvrain.cli import quiet, run_tool, tool_parser

with quiet():
    from mmadvrain.rain import CAMERAS, Drops, RainFactors, find_camera
    from mmadvrain.rain.guide import guide_rain, tell_guide
    from mmadvrain.store.attack_store import AttackStore
    from mmadvrain.utils.files import write_json


def parse_args() -> argparse.Namespace:
    parser = tool_parser(__doc__)
    parser.add_argument('work_dir', help='folder of an attack')
    parser.add_argument(
        '--images', nargs='+', help='names of images; default: all')
    parser.add_argument('--view', default='adversarial', help='or random')
    parser.add_argument(
        '--camera',
        choices=sorted(CAMERAS),
        default='coco',
        help="that saw the paper's rain; physical rain knows its own")
    parser.add_argument(
        '--area', type=float, default=10., help='in square metres')
    parser.add_argument(
        '--min-width',
        type=float,
        default=1.,
        help='of the finest streak that counts, in pixels')
    parser.add_argument('--out', help='JSON file; default: only text')
    return parser.parse_args()


def load_rain(path: Path) -> RainFactors | Drops:
    """Read physical drops, or else the paper's factors."""
    try:
        return Drops.load(path)
    except ValueError:
        return RainFactors.load(path)


def main() -> int:
    args = parse_args()
    store = AttackStore(args.work_dir)
    folder = store.root / 'factors' / args.view
    names = args.images or sorted(
        str(path.relative_to(folder).with_suffix(''))
        for path in folder.rglob('*.safetensors'))
    if not names:
        raise SystemExit(f'{folder} must hold the rain of an attack, but has '
                         'none')
    guides = {}
    for name in names:
        rain = load_rain(store.factors(args.view, name))
        guides[name] = guide_rain(rain, find_camera(args.camera), args.area,
                                  args.min_width)
        print(f'{name}\n{tell_guide(guides[name])}\n')
    if args.out:
        write_json(args.out, guides)
    return 0


if __name__ == '__main__':
    run_tool(main)
