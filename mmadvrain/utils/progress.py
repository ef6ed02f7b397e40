import sys
import time
from collections import Counter
from types import TracebackType
from typing import Any

from mmengine.dist import get_world_size, is_main_process
from mmengine.logging import print_log
from torch.distributed import distributed_c10d
from tqdm import tqdm


class SharedCounts:
    """Numbers that all processes add to, none of them waiting for another.

    They live where the processes of a group met. What cannot be reached
    counts no more, since progress is no reason to end a run.

    Args:
        label: The same in all processes, which make as many of it in the same
            order.
    """
    _made: Counter = Counter()

    def __init__(self, label: str) -> None:
        self._made[label] += 1
        self.prefix = f'mmadvrain/{label}/{self._made[label]}'
        self.own: dict[str, int] = Counter()
        self.store: Any = None
        if get_world_size() > 1:
            try:
                self.store = distributed_c10d._get_default_store()
            except (RuntimeError, ValueError):  # a group without a store
                self.store = None

    def add(self, name: str, count: int) -> int:
        """Add to a number.

        Args:
            name: Which.
            count: How much; 0 only asks.

        Returns:
            The sum over all processes so far.
        """
        self.own[name] += count
        if self.store is not None:
            try:
                return int(self.store.add(f'{self.prefix}/{name}', count))
            except RuntimeError:
                self.store = None
        return self.own[name]


class Progress:
    """Progress with remaining time and images per second.

    A bar where a person watches, a log line every half minute elsewhere; of
    the main process, and of the images of all processes.

    Args:
        label: What is going on.
        total: Number of images of this process.
        done: How many of them were finished before. Defaults to 0.
        every_s: Seconds between log lines. Defaults to 30.
    """

    def __init__(self,
                 label: str,
                 total: int,
                 done: int = 0,
                 every_s: float = 30.) -> None:
        self.label = label
        self.counts = SharedCounts(label)
        self.counts.add('processes', 1)
        self.total = self.counts.add('total', total)
        self.done = self.counts.add('done', done)
        self.worked = 0
        self.every_s = every_s
        self.bar: tqdm | None = None

    def __enter__(self) -> 'Progress':
        self.began = self.told = time.monotonic()
        if is_main_process() and sys.stderr.isatty():
            self.bar = tqdm(
                total=self.total,
                initial=self.done,
                desc=self.label,
                unit='img')
        return self

    def advance(self, count: int) -> None:
        """Note that some more images are finished; 0 asks for the others'."""
        self.done = self.counts.add('done', count)
        self.worked = self.counts.add('worked', count)
        self.total = self.counts.add('total', 0)
        now = time.monotonic()
        if self.bar is not None:
            self.bar.total = self.total
            # what was done before counts for no speed
            self.bar.initial = self.done - self.worked
            self.bar.update(self.done - self.bar.n)
        elif is_main_process() and (now - self.told > self.every_s
                                    or self.done >= self.total):
            self.told = now
            rate = self.worked / max(now - self.began, 1e-9)
            left = max(self.total - self.done, 0) / max(rate, 1e-9)
            print_log(
                f'{self.label}: {self.done}/{self.total} images, '
                f'{rate:.2f} img/s, {left:.0f} s left',
                logger='current')

    def follow(self, every_s: float = 1.) -> None:
        """Wait for the others; the main process shows how they get on.

        Returns when their images are finished, or cannot be counted. So no
        process waits long in a collective operation, which has a time limit.

        Args:
            every_s: Seconds between questions. Defaults to 1.
        """
        while self.counts.store is not None and (
                self.done < self.total
                or self.counts.add('processes', 0) < get_world_size()):
            time.sleep(every_s)
            self.advance(0)

    def __exit__(self, kind: type[BaseException] | None,
                 error: BaseException | None,
                 trace: TracebackType | None) -> None:
        if self.bar is not None:
            self.bar.close()
