"""Reading a checkpoint file without running what it holds."""
import logging
import re
import struct
import zipfile
from pathlib import Path
from pickle import UnpicklingError
from urllib.parse import urlparse
from urllib.request import url2pathname

import torch
from mmengine.logging import print_log

from mmadvrain.typing import PathLike

from .safe_globals import safe_openmmlab_globals
from .weights_cache import fetch_weights

# first bytes of torch's two formats: a zip archive, and before 1.6 a pickle
# of the number 0x1950a86a20f9469cfc6c
_ZIP = b'PK\x03\x04'
_LEGACY = bytes.fromhex('80028a0a6cfc9c46f9206aa850192e')
_REFUSED = re.compile(r'(?:GLOBAL|Unsupported class) ([\w.]+)')
_REASON = re.compile(r'WeightsUnpickler error:\s*(.+)')
_DAMAGED = (RuntimeError, EOFError, LookupError, OSError, AttributeError,
            TypeError, struct.error)


class UnsafeCheckpointError(ValueError):
    """A checkpoint holds more than data, so reading it could run code."""


def resolve_source(source: PathLike) -> Path:
    """Turn a path or address into the path of an existing file.

    Args:
        source: A path, a ``file://`` address, or an ``http`` or ``https``
            address, which is fetched into torch's cache.

    Returns:
        The file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the address is of another kind.
    """
    text = str(source)
    scheme = urlparse(text).scheme if '://' in text else ''
    if scheme in ('http', 'https'):
        return fetch_weights(text)
    if scheme == 'file':
        path = Path(url2pathname(urlparse(text).path))
    elif scheme:
        raise ValueError('Weights are wanted as a path or as a file://, '
                         f'http:// or https:// address, but got {text}')
    else:
        path = Path(text).expanduser()
    if not path.is_file():
        kind = 'a folder' if path.is_dir() else 'nothing'
        raise FileNotFoundError(f'A file of weights is wanted at {path}, but '
                                f'there is {kind}.')
    return path


def _check_format(path: Path) -> None:
    """Tell what is no checkpoint at all from its first bytes."""
    with open(path, 'rb') as file:
        head = file.read(512)
    wanted = f'A checkpoint written by torch.save is wanted, but {path}'
    if not head:
        raise ValueError(f'{wanted} is empty.')
    if head.startswith(_ZIP):
        if not zipfile.is_zipfile(path):
            raise ValueError(f'{wanted} is truncated: {path.stat().st_size} '
                             'bytes, the end of the archive is missing. Fetch '
                             'it again.')
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
        if any(name.endswith('/constants.pkl') for name in names):
            raise ValueError(f'{wanted} is a TorchScript program.')
        return
    if head.startswith(_LEGACY):
        return
    if head.lstrip().lower().startswith((b'<!doctype', b'<html', b'<?xml')):
        raise ValueError(f'{wanted} is a web page. The address probably led '
                         'to a page about the file.')
    if head.startswith(b'version https://git-lfs'):
        raise ValueError(f'{wanted} is a Git LFS pointer. Fetch the file '
                         'itself with `git lfs pull`.')
    if head.startswith(b'\x80'):
        raise ValueError(f'{wanted} is a plain pickle, which is not read.')
    raise ValueError(f'{wanted} starts with the bytes {head[:8]!r}.')


def _reason(error: UnpicklingError) -> str:
    """Name the global that was refused, or else quote torch."""
    text = str(error)
    refused = _REFUSED.search(text)
    if refused:
        return f'it refers to {refused.group(1)}'
    quoted = _REASON.search(text)
    return quoted.group(1) if quoted else text.splitlines()[0]


def read_checkpoint(path: Path,
                    *,
                    trust: bool = False,
                    map_location: str = 'cpu') -> object:
    """Read a file that ``torch.save`` wrote.

    Args:
        path: An existing file.
        trust: Read it whatever it holds, which runs its code.
        map_location: As in ``torch.load``.

    Returns:
        What the file holds.

    Raises:
        UnsafeCheckpointError: If it holds more than data and is not trusted.
        ValueError: If it is no checkpoint, or damaged.
    """
    _check_format(path)
    if trust:
        print_log(
            f'{path} is trusted: code that it holds is run.',
            logger='current',
            level=logging.WARNING)
        return torch.load(path, map_location=map_location, weights_only=False)
    try:
        with safe_openmmlab_globals():
            return torch.load(
                path, map_location=map_location, weights_only=True)
    except UnpicklingError as error:
        raise UnsafeCheckpointError(
            f'{path} is refused: {_reason(error)}, and reading that could '
            'run code. If you trust whoever made the file, say so: '
            '--trust-checkpoint on the command line, trust=True in '
            'Python.') from error
    except _DAMAGED as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError('A checkpoint written by torch.save is wanted, but '
                         f'{path} cannot be read: {reason}') from error
