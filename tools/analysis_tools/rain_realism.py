"""Score how well a small network tells rendered rain from real rain.

A score of 0.5 is ideal, 1 is told apart always; it comes with an interval.
Rains of albumentations, kornia and imgaug, where they are installed, stand
beside those of this project.

    mmadvrain rain_realism data/rain100h/rainy data/rain100h/norain
"""
import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from mmengine.utils import scandir
from tabulate import tabulate

from mmadvrain.cli import quiet, run_tool, tool_parser

Rain = Callable[[np.ndarray, torch.Generator], np.ndarray]

with quiet():
    from mmadvrain.datasets.transforms import AddRain
    from mmadvrain.evaluation.two_sample import two_sample_score
    from mmadvrain.functional.pixel_space import from_bgr_levels, to_bgr_uint8
    from mmadvrain.rain import (
        UniformFactors,
        compose_rain,
        find_camera,
        render_streaks,
    )
    from mmadvrain.utils.files import write_json
    from mmadvrain.utils.images import IMAGE_SUFFIXES, read_image
    from mmadvrain.utils.random import private_generator


def parse_args() -> argparse.Namespace:
    parser = tool_parser(__doc__)
    parser.add_argument(
        'real', help='folder of rainy images, or of rain layers')
    parser.add_argument(
        'clean', help='folder of clean images, on which rain is rendered')
    parser.add_argument(
        '--layers',
        action='store_true',
        help='REAL has layers; default: its names are those of clean images')
    parser.add_argument(
        '--kinds',
        nargs='+',
        choices=sorted(RAINS),
        default=['physical', 'paper'])
    parser.add_argument('--rate', type=float, default=50., help='in mm/h')
    parser.add_argument('--camera', default='coco')
    parser.add_argument('--steps', type=int, default=200, help='of training')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--out', help='JSON file; default: only a table')
    return parser.parse_args()


def paper(args: argparse.Namespace) -> Rain:
    """The paper's random rain."""

    def fall(image: np.ndarray, generator: torch.Generator) -> np.ndarray:
        levels = torch.from_numpy(np.ascontiguousarray(image))
        clean = from_bgr_levels(levels.permute(2, 0, 1))
        factors = UniformFactors().draw(image.shape[:2], generator)
        return to_bgr_uint8(compose_rain(clean, render_streaks(factors)))

    return fall


def physical(args: argparse.Namespace) -> Rain:
    """Rain of a rate in mm/h."""
    find_camera(args.camera)
    return AddRain(args.rate, camera=args.camera, exposure_s=0.008).on_image


def albumentations(args: argparse.Namespace) -> Rain:
    """RandomRain of albumentations."""
    import albumentations as package
    rain = package.RandomRain(p=1.)

    def fall(image: np.ndarray, generator: torch.Generator) -> np.ndarray:
        return rain(image=image)['image']

    return fall


def imgaug(args: argparse.Namespace) -> Rain:
    """Rain of imgaug."""
    for name, kind in (('bool', bool), ('float', float), ('complex', complex)):
        if name not in np.__dict__:  # imgaug's last release is of 2020
            setattr(np, name, kind)
    np.sctypes = getattr(np, 'sctypes', None) or dict(
        float=[np.float16, np.float32, np.float64],
        int=[np.int8, np.int16, np.int32, np.int64],
        uint=[np.uint8, np.uint16, np.uint32, np.uint64])
    from imgaug.augmenters import Rain as ImgaugRain
    rain = ImgaugRain(seed=args.seed)

    def fall(image: np.ndarray, generator: torch.Generator) -> np.ndarray:
        return rain(image=image)

    return fall


def kornia(args: argparse.Namespace) -> Rain:
    """RandomRain of kornia."""
    from kornia.augmentation import RandomRain
    rain = RandomRain(p=1.)

    def fall(image: np.ndarray, generator: torch.Generator) -> np.ndarray:
        levels = torch.from_numpy(np.ascontiguousarray(image))
        drawn = rain(levels.permute(2, 0, 1)[None] / 255.)[0]
        return (drawn * 255).round().byte().permute(1, 2, 0).numpy()

    return fall


RAINS = dict(
    physical=physical,
    paper=paper,
    albumentations=albumentations,
    imgaug=imgaug,
    kornia=kornia)
"""Makers of each kind; the packages of the last three are wanted only here."""


def layer(rainy: np.ndarray, clean: np.ndarray | None = None) -> torch.Tensor:
    """What rain adds, on the mean of the channels."""
    added = rainy.mean(2) / 255
    if clean is not None:
        added = added - clean.mean(2) / 255
    return torch.from_numpy(added)


def real_layers(args: argparse.Namespace,
                clean: dict[str, np.ndarray]) -> list[torch.Tensor]:
    """Layers of real rain, by the names of clean images or on their own."""
    rainy = read_folder(args.real)
    if args.layers:
        return [layer(image) for image in rainy.values()]
    pairs = [(image, clean[name]) for name, image in rainy.items()
             if name in clean and image.shape == clean[name].shape]
    if not pairs:
        raise SystemExit(f'{args.real} must hold images of the names and '
                         f'sizes of {args.clean}, but has none; folders of '
                         'layers want --layers')
    return [layer(*pair) for pair in pairs]


def read_folder(folder: str) -> dict[str, np.ndarray]:
    """Images by their names without suffix."""
    names = sorted(scandir(folder, IMAGE_SUFFIXES, case_sensitive=False))
    return {Path(n).stem: read_image(Path(folder) / n) for n in names}


def main() -> int:
    args = parse_args()
    rains = {}
    for kind in args.kinds:
        try:
            rains[kind] = RAINS[kind](args)
        except ImportError as error:
            raise SystemExit(f'{kind} wants a package of that name, which '
                             f'cannot be imported: {error}') from error
    clean = read_folder(args.clean)
    real = real_layers(args, clean)
    np.random.seed(args.seed)
    torch.manual_seed(args.seed)
    rows = []
    if len(real) >= 8:  # what the score is where nothing can be told
        score = two_sample_score(
            real[::2], real[1::2], args.steps, seed=args.seed)
        rows.append(dict(kind='real', images=len(real), **score))
    for kind, fall in rains.items():
        drawn = [
            layer(
                fall(image, private_generator(args.seed, name, 'rain')), image)
            for name, image in clean.items()
        ]
        score = two_sample_score(real, drawn, args.steps, seed=args.seed)
        rows.append(dict(kind=kind, images=len(drawn), **score))
    print('\n' +
          tabulate(rows, headers='keys', tablefmt='github', floatfmt='.3f'))
    if args.out:
        write_json(args.out, rows)
    return 0


if __name__ == '__main__':
    run_tool(main)
