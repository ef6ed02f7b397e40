import os
from pathlib import Path

from mmadvrain.utils.files import no_space_for


class StagedFiles:
    """Files that get their names together, when all are on the disk.

    A slow file system waits for its disk once for each file whose content is
    asked to be safe; asked for many, one after another is already written.

    Args:
        folder: Of files without a name yet, on the same file system.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._waiting: list[tuple[Path, Path]] = []

    def place_of(self, path: Path) -> Path:
        """Where to write a file.

        Args:
            path: Its name in the end.
        """
        staged = self.folder / (
            f'{os.uname().nodename}-{os.getpid()}-{id(self):x}-'
            f'{len(self._waiting)}{path.suffix}')
        self._waiting.append((staged, path))
        return staged

    def name_all(self) -> None:
        """Wait until all are on the disk, and give them their names.

        Raises:
            OSError: If one cannot be written.
        """
        for staged, path in self._waiting:
            with no_space_for(path), staged.open('rb') as file:
                os.fsync(file.fileno())
        for folder in {path.parent for _, path in self._waiting}:
            folder.mkdir(parents=True, exist_ok=True)
        for staged, path in self._waiting:
            os.replace(staged, path)
        self._waiting.clear()
