import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
from mmengine.logging import print_log

from mmadvrain.structures.params import Params
from mmadvrain.utils.files import no_space_for, write_png

from .attack_store import AttackStore
from .staged_files import StagedFiles


@dataclass
class FinishedImage:
    """What is stored of one image; nothing of it is on a GPU.

    Attributes:
        name: The image.
        source: The file that was attacked.
        pixels: BGR by view, each of shape (H, W, 3), uint8. None of an image
            that failed.
        params: Parameters of each view.
        record: What is known of it.
    """
    name: str
    source: Path
    pixels: dict[str, np.ndarray]
    params: dict[str, Params]
    record: dict


class ResultWriter:
    """Store finished images in a thread while others are attacked.

    Compression, checksums and the disk let go of Python's lock. At most one
    batch waits or is being written: who brings the next one waits for it. The
    files of a batch get their names when all are on the disk, and its records
    are written last. What fails in the thread is raised where the next batch
    is brought, or at the end.

    Used as a context. Where its block ends by an exception, such as SIGTERM,
    the image that is being written and those before it are finished and the
    others are dropped.

    Args:
        store: Where to.
    """

    def __init__(self, store: AttackStore) -> None:
        self.store = store
        self._pool = ThreadPoolExecutor(1, 'result_writer')
        self._pending: Future | None = None
        self._dropped = threading.Event()

    def __enter__(self) -> 'ResultWriter':
        return self

    def put(self, batch: list[FinishedImage]) -> None:
        """Have a batch written, when the one before it is.

        Args:
            batch: Not to be changed any more.

        Raises:
            OSError: If the batch before could not be written.
        """
        self.wait()
        self._pending = self._pool.submit(self._write, batch)

    def wait(self) -> None:
        """Return when everything is stored.

        Raises:
            OSError: If something could not be written.
        """
        if self._pending is not None:
            self._pending.result()
            self._pending = None

    def _write(self, batch: list[FinishedImage]) -> None:
        staged, whole = StagedFiles(self.store.part), []
        for image in batch:
            if self._dropped.is_set():
                break
            self._stage(image, staged)
            whole.append(image)
        staged.name_all()
        self.store.seal_all([(i.name, i.record, i.source) for i in whole])

    def _stage(self, image: FinishedImage, staged: StagedFiles) -> None:
        for view, pixels in image.pixels.items():
            target = self.store.image(view, image.name)
            with no_space_for(target):
                write_png(staged.place_of(target), pixels)
            params = image.params[view]
            target = self.store.factors(view, image.name, params.suffix)
            with no_space_for(target):
                params.save(staged.place_of(target))

    def __exit__(self, kind: type[BaseException] | None,
                 error: BaseException | None,
                 trace: TracebackType | None) -> None:
        try:
            if error is None:
                self.wait()
        finally:
            self._dropped.set()
            self._pool.shutdown(wait=True)
        other = self._pending and self._pending.exception()
        if other and other is not error:
            print_log(
                f'besides, {type(other).__name__}: {other}',
                logger='current',
                level=logging.WARNING)
