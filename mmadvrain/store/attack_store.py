import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from mmadvrain.typing import PathLike
from mmadvrain.utils.digest import digest_file, digest_text
from mmadvrain.utils.files import PART, part_folder, plain, write_json

from .manifest import Manifest

STORED = ('adversarial', 'random')


def stored_views(measures: Sequence[str] = ()) -> tuple[str, ...]:
    """Stored views of a run with further random views.

    Args:
        measures: By which random rain is matched besides, such as ``'l2'``.

    Returns:
        ``adversarial``, ``random`` and ``random_MEASURE`` of each.
    """
    return (*STORED, *(f'random_{measure}' for measure in measures))


SUFFIXES = ('.safetensors', '.npz')
"""Of stored parameters: rain's, then noise's."""


class AttackStore:
    """Where a run keeps what it found; every file gets its name when whole.

    Layout below the work directory::

        adversarial/NAME.png  random/NAME.png      images, lossless
        factors/{adversarial,random}/NAME.*        their parameters
        records/NUMBER-HOST-PID.jsonl              a line an image: curves,
                                                   flags, detections
        predictions/VIEW/NAME.json                 on the stored images
        annotations/{adversarial,random}.json      COCO form, names the PNGs
        run.json  images.json  results.json
        .part/                                     files that are not whole

    A record is written last, so an image with a record is finished. It holds
    the SHA-256 of the image's files, of the file that was attacked, and of
    itself. Each process has a file of records, see :class:`Manifest`; what
    others have added since is known after :meth:`refresh`.

    Args:
        work_dir: The run's folder.
        views: Stored views of an image. Defaults to the two above.
    """

    def __init__(self,
                 work_dir: PathLike,
                 views: Sequence[str] = STORED) -> None:
        self.root = Path(work_dir)
        self.views = tuple(views)
        self.part = part_folder(work_dir)
        self._records = Manifest(self.root / 'records')

    @property
    def kept(self) -> tuple[str, ...]:
        """Folders of what the run left, records last."""
        return (*self.views, 'factors', 'pictures', 'predictions', 'report',
                'records')

    def image(self, view: str, name: str) -> Path:
        """Stored image of a view."""
        return self.root / view / f'{name}.png'

    def factors(self, view: str, name: str, suffix: str | None = None) -> Path:
        """Stored parameters of a view.

        Args:
            view: ``'adversarial'`` or ``'random'``.
            name: The image.
            suffix: What kind they are, by their file. None takes the file that
                is there, rain's where there is none.
        """
        folder = self.root / 'factors' / view
        if suffix is not None:
            return folder / f'{name}{suffix}'
        paths = [folder / f'{name}{known}' for known in SUFFIXES]
        return next((path for path in paths if path.is_file()), paths[0])

    def prediction(self, view: str, name: str) -> Path:
        """Prediction on the 8-bit image of a view, ``clean`` included."""
        return self.root / 'predictions' / view / f'{name}.json'

    def record(self, name: str) -> dict | None:
        """Record of a finished image, or None."""
        record = self.written(name)
        if record is None or 'error' in record:
            return record
        whole = all(path.is_file() for path in self.files(name).values())
        return record if whole else None

    def written(self, name: str) -> dict | None:
        """Record of an image, whether its files are still there or not."""
        return self._records.get(name)

    def refresh(self) -> None:
        """Take notice of records that other processes have written."""
        self._records.refresh()

    def files(self, name: str) -> dict[str, Path]:
        """All files of one image but its record, by their place."""
        found = {}
        for view in self.views:
            found[view] = self.image(view, name)
            found[f'factors/{view}'] = self.factors(view, name)
        return found

    def seal(self,
             name: str,
             record: dict,
             source: Path | None = None) -> None:
        """Write the record of a finished image, with the sums of its files.

        Args:
            name: The image.
            record: What is known of it; with ``error`` it failed.
            source: The file that was attacked.
        """
        self.seal_all([(name, record, source)])

    def seal_all(self, images: Sequence[tuple[str, dict,
                                              Path | None]]) -> None:
        """Write the records of several images at once.

        Args:
            images: As for :meth:`seal`.
        """
        self._records.append(
            (name, record if 'error' in
             record else dict(record, sha256=self._sums(name, record, source)))
            for name, record, source in images)

    def _sums(self, name: str, record: dict,
              source: Path | None) -> dict[str, str]:
        sums = {
            what: digest_file(path)
            for what, path in self.files(name).items()
        }
        # how long it took is all that two runs may differ in
        sums['record'] = digest_text({
            key: value
            for key, value in plain(record).items()
            if key not in ('seconds', 'sha256')
        })
        if source is not None and source.is_file():
            sums['source'] = digest_file(source)
        return sums

    def finished(self, name: str, source: Path | None = None) -> bool:
        """Whether an image is done and its files are as they were written.

        An image that failed is not: what was wrong may be mended by now.

        Args:
            name: The image.
            source: The file to attack, which must be the one that was
                attacked.
        """
        record = self.record(name)
        if not record or 'error' in record:
            return False
        try:
            return record.get('sha256') == self._sums(name, record, source)
        except OSError:
            return False

    @contextmanager
    def locked(self, wait_s: float = 15) -> Iterator[None]:
        """Context that one process at a time can be in.

        Args:
            wait_s: How long it is waited for: the loaders of a run that was
                killed outlive it by some seconds. Defaults to 15.

        Raises:
            ValueError: If another process is there.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.root / '.lock')
        try:
            lock.acquire(timeout=wait_s)
        except Timeout as error:
            raise ValueError(
                f'another process is working in {self.root}: '
                'wait for it, or choose another --work-dir') from error
        except (NotImplementedError, OSError):
            pass  # some cluster file systems know no locks
        try:
            yield
        finally:
            lock.release()

    def clean_up(self) -> None:
        """Remove what processes left that were killed while they wrote."""
        shutil.rmtree(self.part, ignore_errors=True)
        for path in self.root.glob(f'{PART}*'):
            path.unlink(missing_ok=True)

    def open(self, signature: dict, overwrite: bool) -> None:
        """Begin or continue a run.

        Args:
            signature: What decides the results: attack, seed, weights and
                data.
            overwrite: Continue even if the folder holds a run with another
                signature, whose images, factors, pictures, records and results
                are then removed.

        Raises:
            ValueError: If it does, and ``overwrite`` is False; names what
                differs.
        """
        path = self.root / 'run.json'
        signature = json.loads(json.dumps(signature))
        if path.is_file():
            try:
                known = json.loads(path.read_text())
                if not isinstance(known, dict):
                    raise ValueError(f'a {type(known).__name__}')
            except (ValueError, RecursionError) as error:
                raise ValueError(f'{path} should say of which run the folder '
                                 f'is, but is damaged: {error}') from error
            if known == signature:
                return
            if not overwrite:
                raise ValueError(
                    f'{self.root} holds results of another run: '
                    f'{"; ".join(differences(known, signature))}. Choose '
                    'another --work-dir, or pass --overwrite to replace them')
            for part in reversed(self.kept):
                if (self.root / part).is_dir():
                    shutil.rmtree(self.root / part)
            self._records = Manifest(self.root / 'records')
            for name in ('results.json', 'report.html', 'report.md',
                         'report.csv'):
                (self.root / name).unlink(missing_ok=True)
        write_json(path, signature)


def differences(known: object, wanted: object, at: str = '') -> list[str]:
    """What two runs differ in.

    Args:
        known: Signature of a run, or a part of it.
        wanted: The same of another.
        at: Where that part is. Defaults to the whole.

    Returns:
        ``'KEY was A, is B'`` of each entry that differs.
    """
    if isinstance(known, dict) and isinstance(wanted, dict):
        found = []
        for key in sorted({*known, *wanted}):
            found += differences(
                known.get(key), wanted.get(key), f'{at}.{key}' if at else key)
        return found
    if isinstance(known, list) and isinstance(wanted, list) and \
            len(known) == len(wanted):
        return [
            text for i, pair in enumerate(zip(known, wanted))
            for text in differences(*pair, f'{at}[{i}]')
        ]
    return [] if known == wanted else [f'{at} was {known!r}, is {wanted!r}']
