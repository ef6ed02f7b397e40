"""Unpacking archives that one did not make oneself."""
import lzma
import re
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple

from mmadvrain.typing import PathLike

from .download import check_free_disk

MAX_MEMBERS = 1 << 21
"""Most files of an archive; ImageNet has a million and a quarter."""
_DAMAGED = (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error,
            lzma.LZMAError, NotImplementedError)
_DRIVE = re.compile(r'^[A-Za-z]:')


class _Member(NamedTuple):
    name: str
    size: int
    open: Callable[[], IO[bytes]]


def extract_archive(path: PathLike, folder: PathLike) -> list[Path]:
    """Unpack the regular files of a ZIP or TAR archive.

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
    path, folder = Path(path), Path(folder)
    if not path.is_file():
        raise FileNotFoundError(f'wanted an archive at {path}, found none')
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return _extract(_zip_members(archive), path, folder)
        if tarfile.is_tarfile(path):
            with tarfile.open(path) as archive:
                return _extract(_tar_members(archive), path, folder)
    except _DAMAGED as error:
        raise ValueError(f'{path}: wanted an intact archive, found a damaged '
                         f'one ({error})') from error
    raise ValueError(f'{path}: wanted a ZIP or TAR archive, found none')


def _extract(members: list[_Member], archive: Path,
             folder: Path) -> list[Path]:
    targets = [safe_target(folder, member.name) for member in members]
    todo: list[tuple[_Member, Path]] = [
        (member, target) for member, target in zip(members, targets)
        if not (target.is_file() and target.stat().st_size == member.size)
    ]
    check_free_disk(folder, sum(member.size for member, _ in todo))
    for member, target in todo:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + '.part')
        with member.open() as source, open(part, 'wb') as file:
            shutil.copyfileobj(source, file)
        if part.stat().st_size != member.size:
            part.unlink()
            raise ValueError(f'{archive}: wanted {member.size:,} bytes of '
                             f'{member.name}, found other')
        part.replace(target)
    return targets


def safe_target(folder: PathLike, name: str) -> Path:
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
    folder = Path(folder)
    parts = name.replace('\\', '/').split('/')
    target = folder.joinpath(*[part for part in parts if part])
    whole, place = folder.resolve(), target.resolve()
    outside = place == whole or not place.is_relative_to(whole)
    if (not name or parts[0] == '' or '..' in parts or _DRIVE.match(name)
            or '\0' in name or outside):
        raise ValueError(f'wanted a member inside {folder}, found {name!r}')
    return target


def _zip_members(archive: zipfile.ZipFile) -> list[_Member]:
    members = []
    for info in archive.infolist():
        if info.is_dir():
            continue
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG) or info.flag_bits & 1:
            raise ValueError(f'{archive.filename}: wanted regular, '
                             f'unencrypted files, found {info.filename!r}')
        members.append(
            _Member(info.filename, info.file_size, partial(archive.open,
                                                           info)))
    return members


def _tar_members(archive: tarfile.TarFile) -> list[_Member]:
    members = []
    for count, info in enumerate(archive):
        # each takes memory, and a compressed one hardly a byte
        if count >= MAX_MEMBERS:
            raise ValueError(f'{archive.name!s}: wanted at most '
                             f'{MAX_MEMBERS:,} files, found more')
        if info.isdir():
            continue
        if not info.isreg():
            raise ValueError(f'{archive.name!s}: wanted regular files, found '
                             f'{info.name!r}, a link or a device')
        members.append(
            _Member(info.name, info.size, partial(_open_tar, archive, info)))
    return members


def _open_tar(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    file = archive.extractfile(info)
    if file is None:
        raise ValueError(f'wanted a regular file, found {info.name!r}')
    return file
