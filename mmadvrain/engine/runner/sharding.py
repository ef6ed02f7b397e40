"""Parts of a data set, and folders, that an image's own name decides."""
import hashlib
import re
from typing import Any, List, Optional, Sequence, Tuple


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], 'big')


def parse_shard(shard: str) -> Tuple[int, int]:
    """Read ``'i/n'``.

    Args:
        shard (str): The i-th of n parts, counted from 1.

    Returns:
        tuple[int, int]: i and n.

    Raises:
        ValueError: If it is not of this form, or i is not in [1, n].
    """
    match = re.fullmatch(r'(\d{1,9})/(\d{1,9})', str(shard))
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise ValueError("a shard is 'i/n', the i-th of n parts, counted from "
                         f'1, but got {shard!r}')
    return int(match[1]), int(match[2])


def in_shard(keys: Sequence[Any], shard: Optional[str]) -> List[int]:
    """Which images belong to a part.

    The image's id alone decides, so that more images, or another order,
    move none of them to another part.

    Args:
        keys (sequence): Ids of the images.
        shard (str, optional): As for :func:`parse_shard`; None is all.

    Returns:
        list[int]: Their places in ``keys``, ascending.
    """
    if shard is None:
        return list(range(len(keys)))
    part, parts = parse_shard(shard)
    return [
        i for i, key in enumerate(keys)
        if _number(f'{key}') % parts == part - 1
    ]


def in_subfolders(names: Sequence[str], digits: int) -> List[str]:
    """Spread names over folders by a hash of the name.

    Args:
        names (sequence[str]): Relative names of images.
        digits (int): Hexadecimal digits of the folders' names, in [0, 4].

    Returns:
        list[str]: ``'ab/name'`` with two digits, ``'name'`` with none.

    Raises:
        ValueError: If ``digits`` is out of range.
    """
    if not isinstance(digits, int) or not 0 <= digits <= 4:
        raise ValueError(f'`subfolders` must be in [0, 4], but got {digits}')
    if not digits:
        return list(names)
    return [f'{_number(name):016x}'[:digits] + f'/{name}' for name in names]
