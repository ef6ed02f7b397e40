"""Batches that grow until the memory of a GPU that is not there is full."""
from types import SimpleNamespace

import pytest
import torch

from mmadvrain.engine.runner.batches import (
    BatchSize,
    SturdyBatches,
    peak_gpu_memory,
)

GPU, CPU = torch.device('cuda'), torch.device('cpu')


class Gpu:
    """Weights of 10, a cost an image, and an allocator that says no."""

    def __init__(self, room, cost=10, warns=True):
        self.room, self.cost, self.warns = room, cost, warns
        self.most, self.sizes = 10, []

    def memory(self):
        return (10, self.most if self.warns else 10, self.room)

    def attack(self, batch):
        needs = 10 + self.cost * len(batch)
        if needs > self.room:
            raise torch.cuda.OutOfMemoryError('CUDA out of memory.')
        self.sizes.append(len(batch))
        self.most = max(self.most, needs)
        return batch

    def run(self, count):
        """Sizes that were attacked, and the images in their order."""
        size = BatchSize('auto', GPU, memory=self.memory)
        sturdy = SturdyBatches(self.attack)
        samples = [SimpleNamespace(name=str(i)) for i in range(count)]
        seen = []
        for batch in size.group([sample] for sample in samples):
            done, failed = sturdy(batch)
            assert not failed
            seen += [sample.name for sample, _ in done]
            size.note(len(batch), sturdy.limit)
        assert seen == [sample.name for sample in samples]
        return self.sizes


@pytest.mark.parametrize('room, expected', [
    (15, None),
    (22, [1, 1, 1]),
    (34, [1, 2, 2, 2]),
    (100, [1, 2, 4, 8, 8]),
])
def test_it_doubles_while_twice_as_much_fits(room, expected):
    gpu = Gpu(room)
    if expected is None:
        with pytest.raises(AssertionError):
            gpu.run(1)
    else:
        assert gpu.run(sum(expected)) == expected


def test_memory_that_runs_out_all_the_same_halves_for_good():
    gpu = Gpu(room=60, warns=False)
    # 8 do not fit, 4 do, and 8 are not tried again
    assert gpu.run(1 + 2 + 4 + 8 + 4 + 3) == [1, 2, 4, 4, 4, 4, 3]


def test_a_batch_never_exceeds_the_most():
    assert max(Gpu(room=10**9).run(1200)) == 256


def test_a_last_smaller_batch_says_nothing():
    size = BatchSize('auto', GPU, memory=lambda: (0, 1, 100))
    size.now = 4
    size.note(3, 0)
    assert size.now == 4


@pytest.mark.parametrize('wanted, now', [('auto', 1), (8, 8)])
def test_on_a_cpu_nothing_grows(wanted, now):
    size = BatchSize(wanted, CPU, memory=None)
    assert list(size.group(
        [[1] * now, [2] * now,
         [3]])) == ([[1], [2], [3]] if now == 1 else [[1] * 8, [2] * 8, [3]])
    size.note(now, 0)
    assert size.now == now and not size.grows


@pytest.mark.parametrize('wanted', [0, -1, 1.5, 'all', None])
def test_what_is_no_batch_size(wanted):
    with pytest.raises(ValueError, match="positive or 'auto': "):
        BatchSize(wanted, CPU)


@pytest.mark.skipif(torch.cuda.is_available(), reason='there is a GPU')
def test_no_gpu_takes_no_memory():
    assert peak_gpu_memory() is None
