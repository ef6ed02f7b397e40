"""Names, ids and files of KITTI's images."""

from pathlib import Path
from typing import List, Sequence, Tuple, Union

from PIL import Image

#: Tried in this order: PNG, as KITTI has it, then JPEG.
IMAGE_SUFFIXES = ('.png', '.jpg', '.jpeg')
PathLike = Union[str, Path]


def find_image(image_dir: PathLike,
               stem: str,
               suffixes: Sequence[str] = IMAGE_SUFFIXES) -> Path:
    """The image of a name, whatever its suffix.

    Args:
        image_dir (str | Path): Where to look.
        stem (str): File name without suffix.
        suffixes (Sequence[str]): Tried in this order. Defaults to
            :data:`IMAGE_SUFFIXES`.

    Returns:
        Path: The first that is there.

    Raises:
        FileNotFoundError: None is.
    """
    for suffix in suffixes:
        path = Path(image_dir) / f'{stem}{suffix}'
        if path.is_file():
            return path
    raise FileNotFoundError(f'wanted an image {stem} with suffix '
                            f'{", ".join(suffixes)} in {image_dir}, found '
                            'none')


def image_size_hw(path: PathLike) -> Tuple[int, int]:
    """Height and width of an image from its header.

    Args:
        path (str | Path): The image.

    Returns:
        tuple[int, int]: Height and width in pixels.

    Raises:
        ValueError: The file is no image.
    """
    try:
        with Image.open(path) as image:
            return image.height, image.width
    except OSError as error:
        raise ValueError(f'wanted an image at {path}, found something else '
                         f'({error})') from error


def list_stems(folder: PathLike, suffixes: Sequence[str]) -> List[str]:
    """Names without suffix of the files of a folder.

    Args:
        folder (str | Path): The folder.
        suffixes (Sequence[str]): Of the files that are meant.

    Returns:
        list[str]: Sorted.

    Raises:
        FileNotFoundError: There is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f'wanted a folder at {folder}, found none')
    return sorted(path.stem for path in folder.iterdir()
                  if path.suffix in suffixes and path.is_file())


def image_id_of(stem: str) -> Union[int, str]:
    """Id of the image of a label file: ``000004`` is 4, other names stay.

    Args:
        stem (str): File name without suffix.

    Returns:
        int | str: The id.
    """
    return int(stem) if stem.isascii() and stem.isdigit() else stem
