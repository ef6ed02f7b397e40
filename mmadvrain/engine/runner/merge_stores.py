import json
import os
import shutil
from pathlib import Path
from typing import Any, Dict, Sequence, Union

from mmadvrain.utils.files import PART, atomic_path
from .attack_store import KEPT, AttackStore, differences


def merge_stores(shards: Sequence[Union[str, Path]],
                 work_dir: Union[str, Path],
                 overwrite: bool = False) -> int:
    """Bring the results of shards into one folder, as one run left them.

    Files are linked where the file system can, and copied elsewhere. The
    records come last, so an interrupted merge is repeated, not spoiled.

    Args:
        shards (sequence[str | Path]): Work directories of the shards.
        work_dir (str | Path): Folder of the whole run; it may be one of them.
        overwrite (bool): Replace another run in that folder. Defaults to
            False.

    Returns:
        int: Number of records there are in the end.

    Raises:
        FileNotFoundError: If a folder holds no run.
        ValueError: If shards are of runs with different settings, before
            anything is written, or the folder holds another run.
    """
    if not shards:
        raise ValueError('wanted at least one folder of a shard, got none')
    store = AttackStore(work_dir)
    folders = [Path(shard) for shard in shards]
    signatures = [_signature(folder) for folder in folders]
    for folder, signature in zip(folders, signatures):
        if signature != signatures[0]:
            raise ValueError(
                f'{folder} is a shard of another run than {folders[0]}: '
                f'{"; ".join(differences(signatures[0], signature))}')
    store.open(signatures[0], overwrite)
    for shard in folders:
        if shard.resolve() == store.root.resolve():
            continue
        for part in KEPT:
            for path in sorted((shard / part).rglob('*')):
                if path.is_file() and not path.name.startswith(PART):
                    _bring(path, store.root / path.relative_to(shard))
    return sum(1 for _ in (store.root / 'records').rglob('*.json'))


def _signature(shard: Path) -> Dict[str, Any]:
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
