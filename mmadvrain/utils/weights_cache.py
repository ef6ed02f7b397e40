"""Weights from an address, fetched once into torch's cache."""
import os
import re
import zipfile
from http.client import HTTPException
from pathlib import Path
from urllib.parse import unquote, urlparse

import torch

from .digest import digest_file

# OpenMMLab's names end in the first digits of the file's SHA-256 sum; eight
# digits without a letter are a date
_SUM = re.compile(r'-(?=[0-9a-f]*[a-f])([0-9a-f]{8,64})\.\w+$')
_ZIP = b'PK\x03\x04'


def fetch_weights(url: str) -> Path:
    """Fetch a checkpoint, or find it where an earlier call has put it.

    Args:
        url: HTTP or HTTPS, ends in a file name. Where the name holds the first
            digits of the SHA-256 sum, they are compared.

    Returns:
        The file in torch's cache.

    Raises:
        ValueError: If the address names no file, or the sum is another.
        ConnectionError: If the file cannot be fetched, or not all of it.
    """
    name = os.path.basename(unquote(urlparse(url).path))
    if not name:
        raise ValueError('A file name is wanted at the end of the address, '
                         f'but got {url}')
    path = Path(torch.hub.get_dir()) / 'checkpoints' / name
    match = _SUM.search(name)
    digits = match[1] if match else None
    if path.is_file() and (digits is None
                           or digest_file(path).startswith(digits)):
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        torch.hub.download_url_to_file(url, str(path), digits)
        _require_all(path)
    except RuntimeError as error:
        raise ValueError(f'{url}: a SHA-256 sum is wanted that starts with '
                         f'{digits}, as the name says, but the file has '
                         'another; it was not kept') from error
    except (OSError, HTTPException) as error:
        raise ConnectionError(
            f'{url} could not be fetched: {error}. Without a network, fetch '
            'the file elsewhere and give its path instead of the '
            'address') from error
    return path


def _require_all(path: Path) -> None:
    """Refuse half a file: torch.hub takes an early end for the end."""
    with open(path, 'rb') as file:
        head = file.read(len(_ZIP))
    if not head or head == _ZIP and not zipfile.is_zipfile(path):
        size = path.stat().st_size
        path.unlink()
        raise ConnectionError(f'the connection ended after {size:,} bytes')
