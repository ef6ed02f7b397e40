import sys
import time
from types import TracebackType
from typing import Optional, Type

from mmengine.dist import is_main_process
from mmengine.logging import print_log
from tqdm import tqdm


class Progress:
    """Progress with remaining time and images per second.

    A bar where a person watches, a log line every half minute elsewhere.

    Args:
        label (str): What is going on.
        total (int): Number of images.
        done (int): How many of them were finished before. Defaults to 0.
        every_s (float): Seconds between log lines. Defaults to 30.
    """

    def __init__(self,
                 label: str,
                 total: int,
                 done: int = 0,
                 every_s: float = 30.) -> None:
        self.label = label
        self.total = total
        self.done = self.first = done
        self.every_s = every_s
        self.bar: Optional[tqdm] = None

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
        """Note that some more images are finished."""
        self.done += count
        now = time.monotonic()
        if self.bar is not None:
            self.bar.update(count)
        elif is_main_process() and (now - self.told > self.every_s
                                    or self.done >= self.total):
            self.told = now
            rate = (self.done - self.first) / max(now - self.began, 1e-9)
            left = max(self.total - self.done, 0) / max(rate, 1e-9)
            print_log(
                f'{self.label}: {self.done}/{self.total} images, '
                f'{rate:.2f} img/s, {left:.0f} s left',
                logger='current')

    def __exit__(self, kind: Optional[Type[BaseException]],
                 error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        if self.bar is not None:
            self.bar.close()
