import logging
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

import torch
from mmengine.dist import all_gather_object
from mmengine.logging import print_log
from torch.utils.data import DataLoader, Dataset

from mmadvrain.datasets.native_images import NativeSample

SampleT = TypeVar('SampleT', bound=NativeSample)
ResultT = TypeVar('ResultT')

MOST = 256
"""Images that an automatic batch never exceeds: a killed run repeats it."""


def gpu_memory() -> tuple[int, int, int]:
    """Bytes on the current GPU, for :class:`BatchSize`.

    Returns:
        What tensors take now, the most they ever took, and what this process
        may have in all.
    """
    free, _ = torch.cuda.mem_get_info()
    return (torch.cuda.memory_allocated(), torch.cuda.max_memory_allocated(),
            free + torch.cuda.memory_reserved())


def peak_gpu_memory() -> int | None:
    """Most bytes that tensors ever took on the GPU of any process.

    All processes have to call it. None where they have no GPU.
    """
    used = torch.cuda.is_available() and torch.cuda.is_initialized()
    own = torch.cuda.max_memory_allocated() if used else 0
    return max(all_gather_object(own)) or None


def load_batches(dataset: Dataset,
                 batch_size: int,
                 num_workers: int,
                 prefetch_factor: int | None = None) -> Iterator[list]:
    """Load items of a data set in order, by processes or without any.

    Processes send a batch as bytes: as tensors each would take a file
    descriptor, of which a large batch has more than a system allows.

    Args:
        dataset: Its items can be pickled.
        batch_size: Items a batch.
        num_workers: Processes. Of an empty data set none is started.
        prefetch_factor: Batches that each has ready. None is PyTorch's.

    Yields:
        Items as they are.

    Raises:
        RuntimeError: If a process dies; says of what.
    """
    if not len(dataset):  # type: ignore[arg-type]
        return
    loader = DataLoader(
        dataset,
        batch_size=batch_size,
        num_workers=num_workers,
        prefetch_factor=prefetch_factor,
        collate_fn=pickle.dumps)
    try:
        for batch in loader:
            yield pickle.loads(batch)
    except RuntimeError as error:
        if 'DataLoader worker' not in str(error):
            raise
        # the signal, where PyTorch says it
        chain = (error.__cause__, error.__context__, error)
        first = next(
            str(e).strip(' .') for e in chain if 'DataLoader worker' in str(e))
        raise RuntimeError(
            f'a process that loads images died: {first}. Where memory '
            'ran out, lower test_dataloader.num_workers; the same command '
            'goes on behind the last finished image') from error


class BatchSize:
    """How many images are attacked at once: a number, or found on the way.

    ``'auto'`` begins with one image on a GPU and doubles behind every batch,
    as long as twice the memory that images have taken so far would fit. On a
    CPU, where images pass through the victim one at a time, it stays at one.
    Nothing is attacked twice to find it.

    Args:
        wanted: A positive number, or ``'auto'``.
        device: Where the victim is.
        share: Part of the GPU's memory that may be taken. Defaults to 0.9.
        memory: As :func:`gpu_memory`.

    Raises:
        ValueError: If ``wanted`` is something else.
    """

    def __init__(
            self,
            wanted: int | str,
            device: torch.device,
            share: float = 0.9,
            memory: Callable[[], tuple[int, int, int]] = gpu_memory) -> None:
        if wanted != 'auto' and (not isinstance(wanted, int) or wanted < 1):
            raise ValueError("`batch_size` must be positive or 'auto': "
                             f'{wanted!r}')
        self.grows = wanted == 'auto' and device.type != 'cpu'
        self.now = 1 if isinstance(wanted, str) else wanted
        self.most = MOST if self.grows else self.now
        self.share = share
        self.memory = memory

    def group(self, batches: Iterable[list]) -> Iterator[list]:
        """Put batches together until they are as large as wanted now.

        Args:
            batches: None larger than the least size.

        Yields:
            Samples, in order.
        """
        waiting: list = []
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
            count: How many images it had.
            limit: Most images that are tried at once since memory ran out; 0
                where it did not.
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


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that there is no memory left, on any device."""
    text = str(error)
    return isinstance(error, (MemoryError, torch.cuda.OutOfMemoryError)) or \
        isinstance(error, RuntimeError) and (
            'out of memory' in text or 'not enough memory' in text)


class SturdyBatches(Generic[SampleT, ResultT]):
    """Run a function over samples so that no sample takes others with it.

    Where memory runs out the batch is halved, for this and all later calls.
    Where anything else fails the samples of the batch are tried one at a
    time, and only those that fail alone are given up.

    Args:
        run: Takes a list of samples, returns a result each.
    """

    def __init__(self, run: Callable[[list[SampleT]],
                                     Sequence[ResultT]]) -> None:
        self.run = run
        self.limit = 0

    def __call__(
        self, samples: Sequence[SampleT]
    ) -> tuple[list[tuple[SampleT, ResultT]], list[tuple[SampleT, str]]]:
        """Run all samples.

        Args:
            samples: With a ``name`` each.

        Returns:
            Pairs of sample and result, and pairs of sample and what went
            wrong, each in the order of the samples.
        """
        done: list[tuple[SampleT, ResultT]] = []
        failed: list[tuple[SampleT, str]] = []
        waiting = list(samples)
        size = len(waiting)
        while waiting:
            size = min(size, self.limit or size)
            part, waiting = waiting[:size], waiting[size:]
            problem = ''
            try:
                done += zip(part, self.run(part))
            # whatever a victim raises, the run goes on with other images
            except Exception as error:
                if 'DataLoader worker' in str(error):  # of no image
                    raise
                problem = f'{type(error).__name__}: {error}'
                memory = out_of_memory(error)
            if not problem:
                continue
            # outside the handler, which keeps the batch's tensors alive
            if memory and torch.cuda.is_available():
                torch.cuda.empty_cache()
            if len(part) == 1:
                failed.append((part[0], problem))
                self._tell(f'{part[0].name} failed and is left out: {problem}')
            elif memory:
                self.limit = len(part) // 2
                waiting = part + waiting
                self._tell(f'out of memory with {len(part)} images at once: '
                           f'going on with {self.limit}')
            else:
                self._tell(f'a batch of {len(part)} images failed, they are '
                           f'tried one by one: {problem}')
                alone = SturdyBatches(self.run)
                alone.limit = 1
                found = alone(part)
                done += found[0]
                failed += found[1]
        return done, failed

    def _tell(self, message: str) -> None:
        print_log(message, logger='current', level=logging.WARNING)
