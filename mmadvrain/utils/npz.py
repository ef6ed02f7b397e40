import math
import tokenize
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmadvrain.typing import PathLike

# what NumPy writes ahead of an array, at most
_HEADER = 1 << 16
NO_HEADER = (SyntaxError, tokenize.TokenError)
"""What NumPy raises, besides, at a header that it cannot parse."""


def read_npz(path: PathLike,
             names: Sequence[str],
             max_bytes: int | None = None) -> dict[str, np.ndarray]:
    """Read named arrays of a file that one did not write oneself.

    Takes no more memory than the file has bytes, or ``max_bytes`` an array:
    members are read only if they hold as many bytes as the shapes they claim.
    Nothing is unpickled.

    Args:
        path: The ``.npz`` file.
        names: Arrays that are wanted; others are not read.
        max_bytes: Read compressed arrays, as :func:`numpy.savez_compressed`
            writes them, of up to so many bytes. None reads only what is stored
            as it is, as :func:`numpy.savez` does. Defaults to None.

    Returns:
        The arrays.

    Raises:
        ValueError: An array is missing, compressed or too large, or not of
            the size that it claims, or the archive is encrypted or of a form
            that Python does not know.
        zipfile.BadZipFile, OSError: The file is damaged.
    """
    try:
        return _read(path, names, max_bytes)
    except RuntimeError as error:  # NotImplementedError is one
        raise ValueError(f'cannot be read: {error}') from error


def _read(path: PathLike, names: Sequence[str],
          max_bytes: int | None) -> dict[str, np.ndarray]:
    found = {}
    with zipfile.ZipFile(path) as archive:
        held = {
            member[:-len('.npy')]
            for member in archive.namelist() if member.endswith('.npy')
        }
        missing = {*names} - held
        if missing:
            raise ValueError(f'has no {sorted(missing)}')
        size = Path(path).stat().st_size
        for name in sorted(held):
            info = archive.getinfo(f'{name}.npy')
            packed = info.compress_type != zipfile.ZIP_STORED or \
                info.file_size > size
            if packed and max_bytes is None:
                raise ValueError(f'{name!r} is compressed')
            if packed and info.file_size > (max_bytes or 0) + _HEADER:
                raise ValueError(f'{name!r} claims {info.file_size:,} bytes, '
                                 f'wanted at most {max_bytes:,}')
            with archive.open(info) as file:
                version = np.lib.format.read_magic(file)
                if version != (1, 0):
                    raise ValueError(f'{name!r} has format {version}')
                try:
                    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
                except NO_HEADER as error:
                    raise ValueError(f'{name!r} is damaged: '
                                     f'{error}') from error
                claimed = math.prod(shape) * dtype.itemsize
                if dtype.hasobject:
                    raise ValueError(f'{name!r} holds objects, which only '
                                     'pickle could read')
                if claimed != info.file_size - file.tell():
                    raise ValueError(f'{name!r} claims {shape} of {dtype}, '
                                     'but holds another number of bytes')
            if name not in names:
                continue
            with archive.open(info) as file:
                found[name] = np.lib.format.read_array(
                    file, allow_pickle=False)
    return found
