import logging
from typing import (Any, Callable, Iterable, Iterator, List, Optional, Tuple,
                    Union)

import torch
from mmengine.dist import all_gather_object
from mmengine.logging import print_log

MOST = 256
"""Images that an automatic batch never exceeds: a killed run repeats it."""


def gpu_memory() -> Tuple[int, int, int]:
    """Bytes on the current GPU, for :class:`BatchSize`.

    Returns:
        tuple[int, int, int]: What tensors take now, the most they ever took,
        and what this process may have in all.
    """
    free, _ = torch.cuda.mem_get_info()
    return (torch.cuda.memory_allocated(), torch.cuda.max_memory_allocated(),
            free + torch.cuda.memory_reserved())


def peak_gpu_memory() -> Optional[int]:
    """Most bytes that tensors ever took on the GPU of any process.

    All processes have to call it. None where they have no GPU.
    """
    used = torch.cuda.is_available() and torch.cuda.is_initialized()
    own = torch.cuda.max_memory_allocated() if used else 0
    return max(all_gather_object(own)) or None


class BatchSize:
    """How many images are attacked at once: a number, or found on the way.

    ``'auto'`` begins with one image on a GPU and doubles behind every batch,
    as long as twice the memory that images have taken so far would fit. On a
    CPU, where images pass through the victim one at a time, it stays at one.
    Nothing is attacked twice to find it.

    Args:
        wanted (int | str): A positive number, or ``'auto'``.
        device (torch.device): Where the victim is.
        share (float): Part of the GPU's memory that may be taken. Defaults
            to 0.9.
        memory (callable): As :func:`gpu_memory`.

    Raises:
        ValueError: If ``wanted`` is something else.
    """

    def __init__(
            self,
            wanted: Union[int, str],
            device: torch.device,
            share: float = 0.9,
            memory: Callable[[], Tuple[int, int, int]] = gpu_memory) -> None:
        if wanted != 'auto' and (not isinstance(wanted, int) or wanted < 1):
            raise ValueError("`batch_size` must be positive or 'auto': "
                             f'{wanted!r}')
        self.grows = wanted == 'auto' and device.type != 'cpu'
        self.now = 1 if isinstance(wanted, str) else wanted
        self.share = share
        self.memory = memory

    def group(self, batches: Iterable[List[Any]]) -> Iterator[List[Any]]:
        """Put batches together until they are as large as wanted now.

        Args:
            batches (iterable[list]): None larger than the least size.

        Yields:
            list: Samples, in order.
        """
        waiting: List[Any] = []
        for batch in batches:
            waiting += batch
            if len(waiting) >= self.now:
                yield waiting
                waiting = []
        if waiting:
            yield waiting

    def note(self, count: int, limit: int) -> None:
        """Learn from a batch that was attacked.

        Args:
            count (int): How many images it had.
            limit (int): Most images that are tried at once since memory ran
                out; 0 where it did not.
        """
        if not self.grows or count < self.now:
            return
        if limit:
            self.now, self.grows = limit, False
            return
        before, most, room = self.memory()
        if self.now * 2 > MOST or \
                before + 2 * (most - before) > self.share * room:
            self.grows = False
            print_log(
                f'{self.now} images are attacked at once, which took '
                f'{most / 2**30:.1f} of {room / 2**30:.1f} GiB',
                logger='current',
                level=logging.INFO)
            return
        self.now *= 2
