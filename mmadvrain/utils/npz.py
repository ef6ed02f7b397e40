import math
import zipfile
from pathlib import Path
from typing import Dict, Sequence, Union

import numpy as np


def read_npz(path: Union[str, Path],
             names: Sequence[str]) -> Dict[str, np.ndarray]:
    """Read named arrays of a file that one did not write oneself.

    Takes no more memory than the file has bytes: members are read only if
    they are stored as they are, as :func:`numpy.savez` does, and hold as many
    bytes as the shapes they claim. Nothing is unpickled.

    Args:
        path (str | Path): The ``.npz`` file.
        names (sequence[str]): Arrays that are wanted; others are not read.

    Returns:
        dict[str, np.ndarray]: The arrays.

    Raises:
        ValueError: An array is missing, compressed, or not of the size that
            it claims.
        zipfile.BadZipFile, OSError: The file is damaged.
    """
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
            if info.compress_type != zipfile.ZIP_STORED or \
                    info.file_size > size:
                raise ValueError(f'{name!r} is compressed')
            with archive.open(info) as file:
                version = np.lib.format.read_magic(file)
                if version != (1, 0):
                    raise ValueError(f'{name!r} has format {version}')
                shape, _, dtype = np.lib.format.read_array_header_1_0(file)
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
