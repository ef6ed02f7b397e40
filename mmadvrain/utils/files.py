import codecs
import errno
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mmadvrain.typing import PathLike

PART = '.part-'
"""How names of files begin that are not complete."""


def part_folder(root: PathLike) -> Path:
    """Where a run that writes many files has those that are not complete."""
    return Path(root) / '.part'


@contextmanager
def no_space_for(path: PathLike) -> Iterator[None]:
    """Context in which a full disk is named with the file it had no room for.

    Args:
        path: The file.

    Raises:
        OSError: If the disk is full, or anything else is wrong with it.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise OSError(
            error.errno,
            f'no space left to write {path}: free some and run the same '
            'command again, which goes on behind what is finished') from error


@contextmanager
def atomic_path(path: PathLike, part: Path | None = None) -> Iterator[Path]:
    """Name to write to; the file gets its own name when it is complete.

    Args:
        path: Final name; its folder is made.
        part: Folder of incomplete files, on the same file system. Defaults to
            the file's own.

    Yields:
        A temporary name there, with the same suffix.

    Raises:
        OSError: If it cannot be written. A full disk is named; what was
            written of the file is removed.
    """
    path = Path(path)
    with no_space_for(path), _temporary(path, part or path.parent) as name:
        yield name


@contextmanager
def _temporary(path: Path, folder: Path) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(
        dir=folder, prefix=PART, suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_json(path: PathLike,
               content: object,
               part: Path | None = None) -> None:
    """Write JSON in full or not at all; NaN and infinity become null.

    Args:
        path: Where to write.
        content: Values, lists and dicts; NumPy scalars are converted.
        part: As for :func:`atomic_path`.
    """
    with atomic_path(path, part) as temporary:
        temporary.write_text(
            json.dumps(plain(content), indent=1, allow_nan=False) + '\n')


def plain(value: Any) -> Any:
    """Values that JSON knows: no NumPy scalars, no NaN, no infinity."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value


def read_text(path: PathLike) -> str:
    """Read a text file of others, with or without a byte order mark.

    Args:
        path: An existing file, in UTF-8, or in UTF-16 with its mark, as
            spreadsheets and editors save "Unicode text".

    Raises:
        ValueError: If it is in another encoding, or no text.
        OSError: If it cannot be read.
    """
    data = Path(path).read_bytes()
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode('utf-16' if utf16 else 'utf-8-sig')
    except UnicodeDecodeError as error:
        raise ValueError(f'{path}: wanted UTF-8 text, found bytes that are '
                         f'none ({error})') from error


def write_png(path: PathLike,
              image: np.ndarray,
              part: Path | None = None) -> None:
    """Write a lossless image in full or not at all.

    Args:
        path: Where to write; ends in ``.png``.
        image: BGR. Shape (H, W, 3), uint8.
        part: As for :func:`atomic_path`.

    Raises:
        ValueError: If the image is of another type or shape, or empty.
        OSError: If it cannot be encoded or written.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or \
            image.shape[2] != 3 or not image.size:
        raise ValueError(f'an image to write must be (H, W, 3) uint8, but got '
                         f'{image.shape} {image.dtype} for {path}')
    done, encoded = cv2.imencode('.png', image)
    if not done:
        raise OSError(f'an image of shape {image.shape} cannot be written as '
                      f'PNG to {path}')
    with atomic_path(path, part) as temporary:
        temporary.write_bytes(encoded.tobytes())
