"""Put images of several runs or folders side by side, as papers do.

A column is a folder of images, or the work folder of an attack, which stands
for its adversarial images (WORK_DIR:random for another view). Rows are images
that all columns have. Figures 5, 8 and 9 of the paper:

    mmadvrain side_by_side fig8.png --columns RAP=RUN UEA=RUN AdvRain=RUN \\
        --clean IMAGES --change
    mmadvrain side_by_side fig9.png --columns rainy=RUN PReNet=DERAINED \\
        --clean IMAGES --quality
    mmadvrain side_by_side fig5.pdf --columns ours=RUN Rain100H=RAINY \\
        --by-order
"""
import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mmadvrain.cli import quiet, run_tool, tool_parser

with quiet():
    from mmadvrain.apis.image_inputs import images_of
    from mmadvrain.evaluation.functional.image_quality import psnr, ssim
    from mmadvrain.functional.pixel_space import as_tensor
    from mmadvrain.utils.files import atomic_path
    from mmadvrain.utils.images import read_image

CLEAN = 'clean'
NOISE_GAIN = 8
"""Noise is shown that much stronger, around grey; rain as it is."""


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('out', help='picture, by its suffix PNG, PDF or SVG')
    parser.add_argument(
        '--columns',
        nargs='+',
        required=True,
        metavar='LABEL=FOLDER',
        help='from left to right')
    parser.add_argument(
        '--clean', help='folder of the clean images: the first column')
    parser.add_argument(
        '--images',
        nargs='+',
        help='names without suffix; default: the first --rows that all have')
    parser.add_argument('--rows', type=int, default=3)
    parser.add_argument(
        '--by-order',
        action='store_true',
        help='a row is the first, second, ... image of each folder, for '
        'folders of different images')
    parser.add_argument(
        '--change',
        action='store_true',
        help='below each image what was added to the clean one')
    parser.add_argument(
        '--quality',
        action='store_true',
        help='PSNR and SSIM against the clean image below each')
    return parser.parse_args(argv)


def find_images(folder: str) -> dict[str, Path]:
    """Images of a folder, or of a view of an attack.

    Args:
        folder: ``FOLDER``, ``WORK_DIR`` or ``WORK_DIR:VIEW``.

    Returns:
        By path below the folder without suffix, sorted.

    Raises:
        FileNotFoundError: If there is no such folder.
        ValueError: If no image is in it.
    """
    place, _, view = folder.partition(':')
    root = Path(place)
    if view or (root / 'run.json').is_file():
        root = root / (view or 'adversarial')
    if not root.is_dir():
        raise FileNotFoundError(f'wanted a folder of images at {root}, found '
                                'none')
    return {
        Path(name).with_suffix('').as_posix(): root / name
        for name in images_of(root)
    }


def choose_rows(columns: Mapping[str, Mapping[str, Path]], count: int,
                names: Sequence[str] | None,
                by_order: bool) -> list[dict[str, Path]]:
    """Files of each row, by column.

    Args:
        columns: Files of each column by name.
        count: Number of rows where no names are given.
        names: Of images, a row each.
        by_order: Take files by their place, whatever their names.

    Raises:
        ValueError: If a column lacks a name, or none is everywhere.
    """
    if count < 1:
        raise ValueError(f'wanted a positive number of rows, got {count}')
    if by_order:
        lists = {
            label: list(files.values())
            for label, files in columns.items()
        }
        count = min(count, *map(len, lists.values()))
        return [{
            label: files[i]
            for label, files in lists.items()
        } for i in range(count)]
    first = next(iter(columns.values()))
    common = [
        name for name in first if all(name in c for c in columns.values())
    ]
    for name in names or ():
        lacking = [label for label, c in columns.items() if name not in c]
        if lacking:
            raise ValueError(f'wanted the image {name} in all columns, but '
                             f'{", ".join(lacking)} has none of that name')
    if not names and not common:
        raise ValueError(
            'wanted images that all columns have by name, found none: give '
            '--by-order for folders of different images')
    return [{
        label: files[name]
        for label, files in columns.items()
    } for name in names or common[:count]]


def change_of(image: np.ndarray, clean: np.ndarray) -> tuple[np.ndarray, str]:
    """What was added to an image, as a picture.

    Args:
        image: RGB levels, shape (H, W, 3).
        clean: The same, of the clean image.

    Returns:
        The layer as it is where nothing is darker, as of rain; else the
        noise around grey, :data:`NOISE_GAIN` times as strong. With its name.
    """
    added = image.astype(np.int16) - clean
    if (added < -1).mean() < 0.01:
        return np.clip(added, 0, 255).astype(np.uint8), 'layer'
    shown = np.clip(128 + NOISE_GAIN * added, 0, 255)
    return shown.astype(np.uint8), f'noise x {NOISE_GAIN}'


def read_columns(args: argparse.Namespace) -> dict[str, dict[str, Path]]:
    """Files of each column by name, the clean ones first.

    Raises:
        ValueError: If a column is not ``LABEL=FOLDER``, or clean images are
            wanted and not given.
    """
    if (args.change or args.quality) and not args.clean:
        raise ValueError('--change and --quality want the clean images: give '
                         '--clean FOLDER')
    columns = {CLEAN: find_images(args.clean)} if args.clean else {}
    for text in args.columns:
        label, equals, folder = text.partition('=')
        if not equals or not label or label in columns:
            raise ValueError('--columns wants LABEL=FOLDER with different '
                             f'labels, but got {text!r}')
        columns[label] = find_images(folder)
    return columns


def draw_row(panels: np.ndarray, images: Mapping[str, np.ndarray],
             quality: bool) -> None:
    """Draw the images of a row, and what was added to them below.

    Args:
        panels: Axes, shape (1 or 2, columns).
        images: RGB levels by column, shape (H, W, 3).
        quality: Whether PSNR and SSIM against the clean image are written
            below.

    Raises:
        ValueError: If an image has another size than the clean one.
    """
    clean = images.get(CLEAN)
    for axes in panels.flat:
        axes.set(xticks=[], yticks=[])
        axes.set_frame_on(False)
    for column, (label, image) in zip(panels.T, images.items()):
        column[0].imshow(image)
        if clean is None or label == CLEAN:
            continue
        if image.shape != clean.shape:
            raise ValueError(
                f'wanted images of {label} of the size of the clean ones, '
                f'{clean.shape[:2]}, got {image.shape[:2]} (height, width)')
        if quality:
            column[0].set_xlabel(_quality(image, clean), fontsize='small')
        if len(column) > 1:
            change, name = change_of(image, clean)
            column[1].imshow(change)
            column[1].set_xlabel(name, fontsize='small')


def _quality(image: np.ndarray, clean: np.ndarray) -> str:
    pair = [as_tensor(part) * 255 for part in (image, clean)]
    return f'{psnr(*pair):.2f} dB / {ssim(*pair):.4f}'


def main(argv: list[str] | None = None) -> None:
    """Write the picture."""
    args = parse_args(argv)
    columns = read_columns(args)
    rows = choose_rows(columns, args.rows, args.images, args.by_order)
    pictures = [{
        label: np.ascontiguousarray(read_image(file)[..., ::-1])
        for label, file in files.items()
    } for files in rows]
    height, width = next(iter(pictures[0].values())).shape[:2]
    deep = 2 if args.change else 1
    figure = Figure(
        figsize=(3 * len(columns),
                 (3 * height / width + 0.2) * deep * len(rows) + 0.3),
        layout='constrained',
        dpi=150)
    FigureCanvasAgg(figure)
    panels = figure.subplots(len(rows) * deep, len(columns), squeeze=False)
    for axes, label in zip(panels[0], columns):
        axes.set_title(label)
    for number, images in enumerate(pictures):
        draw_row(panels[number * deep:(number + 1) * deep], images,
                 args.quality)
    with atomic_path(args.out) as temporary:
        figure.savefig(temporary, format=Path(args.out).suffix[1:])
    print(f'{len(rows)} rows of {", ".join(columns)} are in {args.out}')


if __name__ == '__main__':
    run_tool(main)
