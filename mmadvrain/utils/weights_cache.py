"""Weights from an address, fetched once into torch's cache."""
import os
import re
from pathlib import Path
from urllib.parse import unquote, urlparse

import torch

from .digest import digest_file
from .download import fetch

# OpenMMLab's names end in the first digits of the file's SHA-256 sum; eight
# digits without a letter are a date
_SUM = re.compile(r'-(?=[0-9a-f]*[a-f])([0-9a-f]{8,64})\.\w+$')


def fetch_weights(url: str) -> Path:
    """Fetch a checkpoint, or find it where an earlier call has put it.

    Args:
        url: HTTP or HTTPS, ends in a file name. Where the name holds the first
            digits of the SHA-256 sum, they are compared.

    Returns:
        The file in torch's cache.

    Raises:
        ValueError: If the address names no file, or the sum is another.
        ConnectionError: If the file cannot be fetched.
    """
    name = os.path.basename(unquote(urlparse(url).path))
    if not name:
        raise ValueError('A file name is wanted at the end of the address, '
                         f'but got {url}')
    path = Path(torch.hub.get_dir()) / 'checkpoints' / name
    wanted = _SUM.search(name)
    if path.is_file() and wanted and not _matches(path, wanted[1]):
        path.unlink()  # damaged
    try:
        fetch(url, path, retries=2, wait_s=0.5)
    except OSError as error:
        raise ConnectionError(
            f'{error}. Without a network, fetch the file elsewhere and give '
            'its path instead of the address') from error
    if wanted and not _matches(path, wanted[1]):
        path.unlink()
        raise ValueError(f'{url}: a SHA-256 sum is wanted that starts with '
                         f'{wanted[1]}, as the name says, but the file has '
                         'another; it was not kept')
    return path


def _matches(path: Path, digits: str) -> bool:
    return digest_file(path).startswith(digits)
