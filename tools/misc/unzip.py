"""Unpacking ZIP archives that one did not make oneself."""
import lzma
import re
import shutil
import stat
import zipfile
import zlib
from pathlib import Path

from mmadvrain.utils.progress import Progress

# left free on the disk
_MARGIN = 64 << 20
_DAMAGED = (zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError,
            NotImplementedError)
_DRIVE = re.compile(r'^[A-Za-z]:')


def require_room(folder: Path, size: int) -> None:
    """Make sure that a disk has room.

    Args:
        folder: A folder on the disk. It must exist.
        size: Bytes to be written.

    Raises:
        OSError: There is not enough room, with a margin of 64 MiB.
    """
    free = shutil.disk_usage(folder).free
    if free < size + _MARGIN:
        raise OSError(f'wanted {size + _MARGIN:,} bytes free on the disk of '
                      f'{folder}, found {free:,}')


def unzip(path: Path, folder: Path) -> list[Path]:
    """Unpack the files of a ZIP archive.

    All names are looked at before anything is written. A file that is there
    with the right size is left alone, so that an interrupted call can be
    repeated; each file gets its name only when it is complete.

    Args:
        path: The archive.
        folder: Where to; made if it is not there.

    Returns:
        The files, in the order of the archive.

    Raises:
        FileNotFoundError: There is no such archive.
        ValueError: It is no archive or damaged, or a member is encrypted, a
            link or a device, or would land outside the folder.
        OSError: There is not enough room on the disk.
    """
    if not path.is_file():
        raise FileNotFoundError(f'wanted an archive at {path}, found none')
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(path) as archive:
            members = [
                info for info in archive.infolist() if not info.is_dir()
            ]
            for info in members:
                _require_regular(info, path)
            targets = [safe_target(folder, info.filename) for info in members]
            missing = [(info, target)
                       for info, target in zip(members, targets)
                       if not (target.is_file()
                               and target.stat().st_size == info.file_size)]
            require_room(folder, sum(info.file_size for info, _ in missing))
            with Progress(
                    f'unpack {path.name}', len(missing),
                    unit='file') as progress:
                for info, target in missing:
                    _extract(archive, info, target)
                    progress.advance(1)
            return targets
    except _DAMAGED as error:
        raise ValueError(f'{path}: wanted an intact ZIP archive, found none '
                         f'({error})') from error


def _extract(archive: zipfile.ZipFile, info: zipfile.ZipInfo,
             target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + '.part')
    with archive.open(info) as source, open(part, 'wb') as file:
        shutil.copyfileobj(source, file)
    part.replace(target)


def _require_regular(info: zipfile.ZipInfo, archive: Path) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG) or info.flag_bits & 1:
        raise ValueError(f'{archive}: wanted regular, unencrypted files, '
                         f'found {info.filename!r}')


def safe_target(folder: Path, name: str) -> Path:
    """Where a member of an archive belongs, if that is inside the folder.

    Args:
        folder: Where the archive is unpacked.
        name: Name of the member, as the archive has it.

    Returns:
        The target.

    Raises:
        ValueError: The name is absolute, climbs up, leads outside through a
            link, or is the folder itself.
    """
    parts = name.replace('\\', '/').split('/')
    target = folder.joinpath(*[part for part in parts if part])
    whole, place = folder.resolve(), target.resolve()
    outside = place == whole or not place.is_relative_to(whole)
    if (not name or parts[0] == '' or '..' in parts or _DRIVE.match(name)
            or '\0' in name or outside):
        raise ValueError(f'wanted a member inside {folder}, found {name!r}')
    return target
