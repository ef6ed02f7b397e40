"""Parts of a data set, and folders, that an image's own name decides."""
import hashlib
import json
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from mmadvrain.typing import ImageKey, PathLike
from mmadvrain.utils.files import PART, atomic_path

from .attack_store import AttackStore, differences, stored_views


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], 'big')


def parse_shard(shard: str) -> tuple[int, int]:
    """Read ``'i/n'``.

    Args:
        shard: The i-th of n parts, counted from 1.

    Returns:
        I and n.

    Raises:
        ValueError: If it is not of this form, or i is not in [1, n].
    """
    match = re.fullmatch(r'(\d{1,9})/(\d{1,9})', str(shard))
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise ValueError("a shard is 'i/n', the i-th of n parts, counted from "
                         f'1, but got {shard!r}')
    return int(match[1]), int(match[2])


def in_shard(keys: Sequence[ImageKey], shard: str | None) -> list[int]:
    """Which images belong to a part.

    The image's id alone decides, so that more images, or another order,
    move none of them to another part.

    Args:
        keys: Ids of the images.
        shard: As for :func:`parse_shard`; None is all.

    Returns:
        Their places in ``keys``, ascending.
    """
    if shard is None:
        return list(range(len(keys)))
    part, parts = parse_shard(shard)
    return [
        i for i, key in enumerate(keys)
        if _number(f'{key}') % parts == part - 1
    ]


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
    return [f'{_number(name):016x}'[:digits] + f'/{name}' for name in names]


def merge_stores(shards: Sequence[PathLike],
                 work_dir: PathLike,
                 overwrite: bool = False) -> int:
    """Bring the results of shards into one folder, as one run left them.

    Files are linked where the file system can, and copied elsewhere. The
    records come last, so an interrupted merge is repeated, not spoiled.

    Args:
        shards: Work directories of the shards.
        work_dir: Folder of the whole run; it may be one of them.
        overwrite: Replace another run in that folder. Defaults to False.

    Returns:
        Number of records there are in the end.

    Raises:
        FileNotFoundError: If a folder holds no run.
        ValueError: If shards are of runs with different settings, before
            anything is written, or the folder holds another run.
    """
    if not shards:
        raise ValueError('wanted at least one folder of a shard, got none')
    folders = [Path(shard) for shard in shards]
    signatures = [_signature(folder) for folder in folders]
    measures = signatures[0].get('random_views') or ()
    store = AttackStore(work_dir, stored_views(measures))
    for folder, signature in zip(folders, signatures):
        if signature != signatures[0]:
            raise ValueError(
                f'{folder} is a shard of another run than {folders[0]}: '
                f'{"; ".join(differences(signatures[0], signature))}')
    store.open(signatures[0], overwrite)
    for shard in folders:
        if shard.resolve() == store.root.resolve():
            continue
        for part in store.kept:
            for path in sorted((shard / part).rglob('*')):
                if path.is_file() and not path.name.startswith(PART):
                    _bring(path, store.root / path.relative_to(shard))
    return sum(1 for _ in (store.root / 'records').rglob('*.json'))


def _signature(shard: Path) -> dict:
    if not (shard / 'run.json').is_file():
        raise FileNotFoundError(f'{shard} holds no run: wanted the '
                                '--work-dir of an attack with --shard')
    try:
        found = json.loads((shard / 'run.json').read_text())
        if not isinstance(found, dict):
            raise ValueError(f'a {type(found).__name__}')
    except (ValueError, RecursionError) as error:
        raise ValueError(f'{shard}/run.json is damaged: {error}') from error
    return found


def _bring(source: Path, target: Path) -> None:
    if target.is_file() and target.stat().st_size == source.stat().st_size:
        if os.path.samefile(source, target):
            return
    with atomic_path(target) as temporary:
        try:
            temporary.unlink()
            os.link(source, temporary)
        except OSError:  # another file system, or one without links
            shutil.copyfile(source, temporary)
