"""SHA-256 sums that tell results apart."""
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import torch
from torch import Tensor

from mmadvrain.typing import PathLike

_BLOCK = 1 << 20


def digest_text(content: object) -> str:
    """Sum of plain values, whatever the order of their keys.

    Args:
        content: Values, lists and dicts; anything else counts by its
            ``repr``.

    Returns:
        64 hexadecimal digits.
    """
    text = json.dumps(content, sort_keys=True, default=repr)
    return hashlib.sha256(text.encode()).hexdigest()


def digest_files(files: Iterable[tuple[str, PathLike]]) -> str:
    """Sum of the contents of files and of the names they are known by.

    Args:
        files: Name and path of each; a file that is not there counts as such.

    Returns:
        64 hexadecimal digits.
    """
    return digest_text([(name, _digest(Path(path))) for name, path in files])


def _digest(path: Path) -> str:
    if not path.is_file():
        return 'not there'
    total = hashlib.sha256()
    with open(path, 'rb') as file:
        for block in iter(lambda: file.read(_BLOCK), b''):
            total.update(block)
    return total.hexdigest()


def digest_tensors(tensors: Iterable[tuple[str, Tensor]]) -> str:
    """Sum of tensors, of their names, types and shapes.

    Args:
        tensors: Name and tensor of each; one that is no tensor counts by its
            ``repr``.

    Returns:
        64 hexadecimal digits; every bit of a value counts.
    """
    total = hashlib.sha256()
    for name, value in tensors:
        if not isinstance(value, Tensor):
            total.update(f'{name} {value!r}\n'.encode())
            continue
        total.update(f'{name} {value.dtype} {tuple(value.shape)}\n'.encode())
        flat = value.detach().cpu().contiguous().reshape(-1)
        total.update(flat.view(torch.uint8).numpy().data)
    return total.hexdigest()


def digest_file(path: PathLike) -> str:
    """SHA-256 sum of a file, as ``sha256sum`` prints it.

    Args:
        path: An existing file.

    Returns:
        64 hexadecimal digits.

    Raises:
        FileNotFoundError: If it is not there.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'wanted a file at {path}, found none')
    return _digest(Path(path))
