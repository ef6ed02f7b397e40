import io
import sys

from mmengine.dist import get_world_size, is_main_process
from mmengine.logging import print_log
from tqdm import tqdm


class _LogFile(io.StringIO):
    """Text file whose lines go to the log."""

    def write(self, text: str) -> int:
        if text.strip():
            print_log(text.strip(), logger='current')
        return len(text)


class Progress(tqdm):
    """Progress of all processes, shown by the main process.

    A bar where a person watches, a log line every half minute elsewhere. No
    process asks another: images are dealt evenly, so the main process shows
    its own count times the number of processes.

    Args:
        label: What is going on.
        total: Number of images of this process.
        done: How many of them were finished before. Defaults to 0.
        unit: What is counted, ``'B'`` for bytes. Defaults to ``'img'``.
    """
    monitor_interval = 0  # no thread beside those that load images

    def __init__(self,
                 label: str,
                 total: int,
                 done: int = 0,
                 unit: str = 'img') -> None:
        self.world_size = get_world_size()
        watched = sys.stderr.isatty()
        super().__init__(
            desc=label,
            total=total * self.world_size,
            initial=done * self.world_size,
            unit=unit,
            unit_scale=unit == 'B',
            disable=not is_main_process(),
            file=sys.stderr if watched else _LogFile(),
            mininterval=0.1 if watched else 30,
            miniters=1,
            smoothing=0,
            bar_format=None if watched else
            '{desc}: {n_fmt}/{total_fmt} [{elapsed}<{remaining}, {rate_fmt}]')

    def advance(self, count: int) -> None:
        """Note that this process has finished some more images.

        Args:
            count: How many.
        """
        self.update(count * self.world_size)
