import logging
from typing import Any, Callable, List, Sequence, Tuple

import torch
from mmengine.logging import print_log


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that there is no memory left, on any device."""
    text = str(error)
    return isinstance(error, (MemoryError, torch.cuda.OutOfMemoryError)) or \
        isinstance(error, RuntimeError) and (
            'out of memory' in text or 'not enough memory' in text)


class SturdyBatches:
    """Run a function over samples so that no sample takes others with it.

    Where memory runs out the batch is halved, for this and all later calls.
    Where anything else fails the samples of the batch are tried one at a
    time, and only those that fail alone are given up.

    Args:
        run (callable): Takes a list of samples, returns a result each.
    """

    def __init__(self, run: Callable[[List[Any]], Sequence[Any]]) -> None:
        self.run = run
        self.limit = 0

    def __call__(
        self, samples: Sequence[Any]
    ) -> Tuple[List[Tuple[Any, Any]], List[Tuple[Any, str]]]:
        """Run all samples.

        Args:
            samples (sequence): With a ``name`` each.

        Returns:
            tuple[list, list]: Pairs of sample and result, and pairs of sample
            and what went wrong, each in the order of the samples.
        """
        done: List[Tuple[Any, Any]] = []
        failed: List[Tuple[Any, str]] = []
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
