import json
import os
import socket
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from mmadvrain.utils.files import no_space_for, plain

SUFFIX = '.jsonl'
_START = b'{"name": "'
_OPEN = 64
"""Files that are kept open at most."""


class _Place(NamedTuple):
    """Where a line is; of two lines the later one counts."""
    file: str
    offset: int
    length: int


class Manifest:
    """Entries by name, in one append-only file a process.

    A folder with a file an entry takes a slow file system some operations an
    entry to write, and as many to read again. Here a process that writes makes
    one file, ``NUMBER-HOST-PID.jsonl``, with one JSON object a line, ``name``
    first. Of several lines of a name the last of the last file counts. A line
    without its end, as a killed process leaves it, is none.

    The folder is listed and its files are read from one end to the other when
    something is first asked for; only where each line is stays in memory.

    Args:
        folder: Made with the first entry.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._places: dict[str, _Place] | None = None
        self._read: dict[str, int] = {}
        self._handles: dict[str, BinaryIO] = {}
        self._own: BinaryIO | None = None

    def get(self, name: str) -> dict | None:
        """The entry of a name, without it; None where there is none."""
        place = self._known().get(name)
        if place is None:
            return None
        try:
            # no position is shared with a process that was forked
            line = os.pread(
                self._handle(place.file).fileno(), place.length, place.offset)
            entry = json.loads(line)
        except (OSError, ValueError, RecursionError):
            return None
        if not isinstance(entry, dict) or entry.pop('name', None) != name:
            return None
        return entry

    def append(self, entries: Iterable[tuple[str, dict]]) -> None:
        """Add entries; they are on the disk when this returns.

        Args:
            entries: Name and content of each. NaN and infinity become null.

        Raises:
            OSError: If they cannot be written; none of them counts then.
        """
        known = self._known()
        lines = [(name, _line(name, entry)) for name, entry in entries]
        if not lines:
            return
        own = self._own = self._own or self._begin()
        path, before = Path(own.name), own.tell()
        try:
            with no_space_for(path):
                own.write(b''.join(line for _, line in lines))
                own.flush()
                os.fsync(own.fileno())
        except OSError:
            with suppress(OSError):
                own.truncate(before)
            self._own = None
            raise
        for name, line in lines:
            known[name] = _Place(path.name, before, len(line))
            before += len(line)
        self._read[path.name] = before

    def refresh(self) -> None:
        """Take notice of what other processes have added."""
        if self._places is None:
            return
        for name in self._files():
            if (self.folder / name).stat().st_size > self._read.get(name, 0):
                self._scan(name, self._places)

    def _known(self) -> dict[str, _Place]:
        if self._places is None:
            self._places = {}
            for name in self._files():
                self._scan(name, self._places)
        return self._places

    def _files(self) -> list[str]:
        if not self.folder.is_dir():
            return []
        return sorted(n for n in os.listdir(self.folder) if n.endswith(SUFFIX))

    def _scan(self, file: str, places: dict[str, _Place]) -> None:
        """Note where lines are that were not seen before."""
        self._handles.pop(file, None)
        offset = self._read.get(file, 0)
        with (self.folder / file).open('rb') as lines:
            lines.seek(offset)
            for line in lines:
                if not line.endswith(b'\n'):
                    break
                name, place = _name(line), _Place(file, offset, len(line))
                offset += len(line)
                if name is not None and places.get(name, place) <= place:
                    places[name] = place
        self._read[file] = offset

    def _handle(self, file: str) -> BinaryIO:
        if file not in self._handles:
            if len(self._handles) >= _OPEN:
                self._handles.clear()
            self._handles[file] = (self.folder / file).open('rb')
        return self._handles[file]

    def _begin(self) -> BinaryIO:
        """A file of this process, behind all that are there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        numbers = [n.partition('-')[0] for n in self._files()]
        number = max((int(n) for n in numbers if n.isdecimal()), default=0)
        host = socket.gethostname().replace('/', '_')
        while True:
            number += 1
            path = self.folder / f'{number:06d}-{host}-{os.getpid()}{SUFFIX}'
            with suppress(FileExistsError):  # of a namesake elsewhere
                return path.open('xb')


def _line(name: str, entry: dict) -> bytes:
    content = dict(plain(entry))
    content.pop('name', None)
    text = json.dumps(dict(name=name, **content), allow_nan=False)
    return text.encode() + b'\n'


def _name(line: bytes) -> str | None:
    """What a line is of, without reading the rest of it."""
    if not line.startswith(_START):
        return None
    end = len(_START)
    while True:
        end = line.find(b'"', end)
        if end < 0:
            return None
        # a quote behind an odd number of backslashes is part of the name
        before = line[:end]
        if (len(before) - len(before.rstrip(b'\\'))) % 2 == 0:
            break
        end += 1
    try:
        found = json.loads(line[len(_START) - 1:end + 1])
    except ValueError:
        return None
    return found if isinstance(found, str) else None
