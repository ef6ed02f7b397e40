import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

EXIT_TERMINATED = 128 + signal.SIGTERM
"""Exit code of a run that SIGTERM ended, as shells have it: 143."""


class Terminated(SystemExit):
    """The process was asked to end; ``code`` is :data:`EXIT_TERMINATED`."""

    def __init__(self) -> None:
        super().__init__(EXIT_TERMINATED)


def end_with_parent() -> None:
    """End this process when the one that started it is gone.

    A process of a pool outlives a parent that was killed, and works on.
    Without a parent of :mod:`multiprocessing` this changes nothing.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(EXIT_TERMINATED)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def ends_at_sigterm() -> Iterator[None]:
    """Let SIGTERM end a block as an exception, so that nothing is half done.

    Clusters send it some seconds before they kill a job. What the block had
    not finished is dropped; files under their final names are whole. Outside
    the main thread, where Python delivers no signals, this changes nothing.

    Raises:
        Terminated: In the block, when the signal comes. Forked processes,
            such as those of a data loader, end at once.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    owner = os.getpid()

    def stop(number: int, frame: FrameType | None) -> None:
        if os.getpid() != owner:
            os._exit(EXIT_TERMINATED)
        raise Terminated

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
