"""Folders that an image's own name decides."""
import hashlib
from collections.abc import Sequence


def in_subfolders(names: Sequence[str], digits: int) -> list[str]:
    """Spread names over folders by a hash of the name.

    Args:
        names: Relative names of images.
        digits: Hexadecimal digits of the folders' names, in [0, 4].

    Returns:
        ``'ab/name'`` with two digits, ``'name'`` with none.

    Raises:
        ValueError: If ``digits`` is out of range.
    """
    if not isinstance(digits, int) or not 0 <= digits <= 4:
        raise ValueError(f'`subfolders` must be in [0, 4], but got {digits}')
    if not digits:
        return list(names)
    return [_digest(name)[:digits] + f'/{name}' for name in names]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
