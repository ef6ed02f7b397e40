"""What a loader will do to an image without a word, from the file's header."""
from pathlib import Path
from typing import NamedTuple

from PIL import Image, UnidentifiedImageError

_ORIENTATION = 0x0112


class HeaderFindings(NamedTuple):
    """What stands out in an image's header.

    Attributes:
        problems: What was wanted and what came.
        flags: As ``docs/flags.md`` explains them.
    """
    problems: list[str]
    flags: list[str]


def look_at_header(path: Path, color_type: str = 'color') -> HeaderFindings:
    """Compare an image file with the 8-bit RGB that a detector loads.

    Args:
        path: The file.
        color_type: Of the loader, which says whether it turns the image as
            its EXIF entry asks. Defaults to ``'color'``, which does.

    Returns:
        Nothing, where the header cannot be read: the loader has the last
        word.
    """
    try:
        with Image.open(path) as image:
            mode, size, deep = image.mode, image.size, _is_deep(image)
            orientation = image.getexif().get(_ORIENTATION, 1)
    # of broken headers, Pillow's readers raise what they happen to
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError,
            SyntaxError, ValueError, TypeError):
        return HeaderFindings([], [])
    problems, flags = [], []
    if mode != 'RGB' or deep:
        problems.append(
            f'wanted 8-bit RGB, but the file holds mode {mode!r}'
            f'{" with 16 bits" if deep else ""} of {size[0]}x{size[1]} '
            'pixels; attacked and stored as the 8-bit RGB that the detector '
            'loads')
    turns = 'ignore_orientation' not in color_type and \
        color_type != 'unchanged'
    if turns and orientation in range(2, 9):
        flags.append('turned_by_exif')
        problems.append(
            'wanted pixels as they stand in the file, but its EXIF '
            f'orientation {orientation} has it turned or mirrored; attacked '
            'and stored as the detector loads it, without that entry')
    return HeaderFindings(problems, flags)


def _is_deep(image: Image.Image) -> bool:
    """Whether a channel has 16 bits.

    Pillow has no mode for colours of 16 bits, only a raw mode, which is the
    first or only argument of a tile; the others are strides and offsets. In
    ``BGR;16`` it is the pixel that has them.
    """
    if image.mode.startswith('I'):
        return True
    for tile in getattr(image, 'tile', ()):
        args = tile[3] if isinstance(tile[3], tuple) else (tile[3], )
        raw = str(args[0]) if args else ''
        if ';16' in raw and not raw.startswith('BGR'):
            return True
        if image.format == 'PPM' and len(args) == 2 and args[1] > 255:
            return True
    return False
