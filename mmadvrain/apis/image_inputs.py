"""What people hand over as images, as files that a pipeline can load."""
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlparse

import numpy as np
from mmengine.fileio import get

from mmadvrain.datasets.foreign_files import is_foreign
from mmadvrain.typing import BgrLevels, PathLike
from mmadvrain.utils.files import write_png
from mmadvrain.utils.images import IMAGE_SUFFIXES, read_image

ImageInput = PathLike | BgrLevels
"""A file, a folder, an address, or an array."""


def images_of(folder: PathLike) -> list[str]:
    """Names of the images in a folder.

    Args:
        folder: Subfolders count.

    Returns:
        Relative to the folder, sorted.

    Raises:
        ValueError: If there are none.
    """
    root = Path(folder)
    names = sorted(
        path.relative_to(root).as_posix() for path in root.rglob('*')
        if path.suffix.lower() in IMAGE_SUFFIXES
        and not is_foreign(path.relative_to(root)))
    if not names:
        raise ValueError('wanted a folder of images '
                         f'({", ".join(IMAGE_SUFFIXES)}), found none in '
                         f'{root}')
    return names


def gather_images(images: ImageInput | Sequence[ImageInput],
                  scratch: Path) -> list[Path]:
    """Turn whatever holds images into image files.

    Args:
        images: A file, a folder, an address, an array (BGR, uint8, shape
            (H, W, 3)), or a list of them.
        scratch: Folder for what is no file yet.

    Returns:
        Files, each of which was read once.

    Raises:
        FileNotFoundError: If there is no such file or folder.
        ValueError: If there is no image, an array is of another type or
            shape, or a file is no image.
        TypeError: If it is something else.
        ConnectionError: If an address cannot be fetched.
    """
    entries: Sequence = images if isinstance(
        images, Sequence) and not isinstance(images, str) else [images]
    paths: list[Path] = []
    for entry in entries:
        paths += _files(entry, scratch, len(paths))
    if not paths:
        raise ValueError('wanted at least one image, got an empty list')
    for path in paths:
        read_image(path)  # fails now, not after the images before it
    return paths


def _files(entry: ImageInput, scratch: Path, number: int) -> list[Path]:
    """Image files of one entry, of which ``number`` images come before."""
    if isinstance(entry, np.ndarray):
        if entry.dtype != np.uint8 or entry.ndim != 3 or entry.shape[2] != 3:
            raise ValueError('wanted BGR arrays of uint8 and shape (H, W, 3), '
                             f'as cv2.imread gives them, but got {entry.dtype}'
                             f' of {entry.shape}')
        path = scratch / f'{number:06d}.png'
        write_png(path, entry)
        return [path]
    if not isinstance(entry, (str, Path)):
        raise TypeError('wanted images as path, folder, address or array, but '
                        f'got a {type(entry).__name__}')
    if str(entry).startswith(('http://', 'https://')):
        return [_fetch(str(entry), scratch, number)]
    path = Path(entry)
    if path.is_dir():
        return [path / name for name in images_of(path)]
    if not path.is_file():
        raise FileNotFoundError(f'no image or folder at {path}')
    return [path]


def _fetch(url: str, scratch: Path, number: int) -> Path:
    try:
        content = get(url)
    except OSError as error:
        raise ConnectionError(f'{url} could not be fetched: {error}') from \
            error
    name = Path(unquote(urlparse(url).path)).name
    path = scratch / f'{number:06d}_{name}'
    path.write_bytes(content)
    return path
