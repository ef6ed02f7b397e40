"""Memory that runs out, and samples that fail."""
from types import SimpleNamespace

import pytest
import torch

from mmadvrain.engine.runner.batches import SturdyBatches, out_of_memory


def samples(count):
    return [SimpleNamespace(name=f'{i}') for i in range(count)]


class Victim:
    """Takes batches up to a size; some samples raise."""

    def __init__(self, most=99, bad=()):
        self.most, self.bad, self.sizes = most, bad, []

    def __call__(self, batch):
        self.sizes.append(len(batch))
        if len(batch) > self.most:
            raise torch.cuda.OutOfMemoryError('CUDA out of memory.')
        for sample in batch:
            if sample.name in self.bad:
                raise ValueError(f'{sample.name} is NaN')
        return [f'r{sample.name}' for sample in batch]


def pairs(done):
    return [(sample.name, result) for sample, result in done]


def test_a_loader_that_died_is_no_images_fault():

    def run(batch):
        raise RuntimeError('DataLoader worker (pid 7) is killed by signal')

    with pytest.raises(RuntimeError, match='pid 7'):
        SturdyBatches(run)(samples(2))


def test_all_is_well():
    victim = Victim()
    done, failed = SturdyBatches(victim)(samples(3))
    assert pairs(done) == [('0', 'r0'), ('1', 'r1'), ('2', 'r2')]
    assert failed == [] and victim.sizes == [3]


def test_the_batch_is_halved_and_stays_so(caplog):
    victim = Victim(most=2)
    sturdy = SturdyBatches(victim)
    done, failed = sturdy(samples(8))
    assert [sample.name for sample, _ in done] == list('01234567')
    assert failed == [] and victim.sizes == [8, 4, 2, 2, 2, 2]
    victim.sizes.clear()
    sturdy(samples(3))
    assert victim.sizes == [2, 1]


def test_one_image_that_does_not_fit():
    done, failed = SturdyBatches(Victim(most=0))(samples(2))
    assert done == []
    assert [sample.name for sample, _ in failed] == ['0', '1']
    assert 'OutOfMemoryError: CUDA out of memory' in failed[0][1]


def test_a_sample_that_fails_takes_no_others_with_it():
    victim = Victim(bad=('1', ))
    sturdy = SturdyBatches(victim)
    done, failed = sturdy(samples(4))
    assert pairs(done) == [('0', 'r0'), ('2', 'r2'), ('3', 'r3')]
    assert [(s.name, why)
            for s, why in failed] == [('1', 'ValueError: 1 is NaN')]
    victim.sizes.clear()
    sturdy(samples(2))
    assert victim.sizes[0] == 2, 'only memory makes batches smaller'


def test_no_sample():
    assert SturdyBatches(Victim())([]) == ([], [])


@pytest.mark.parametrize('error, expected', [
    (MemoryError(), True),
    (torch.cuda.OutOfMemoryError('x'), True),
    (RuntimeError('DefaultCPUAllocator: not enough memory: tried'), True),
    (RuntimeError('CUDA error: out of memory'), True),
    (RuntimeError('shapes differ'), False),
    (ValueError('out of memory'), False),
])
def test_what_counts_as_out_of_memory(error, expected):
    assert out_of_memory(error) is expected


@pytest.mark.parametrize('error', [KeyboardInterrupt, SystemExit])
def test_being_stopped_is_no_failure(error):

    def run(batch):
        raise error

    with pytest.raises(error):
        SturdyBatches(run)(samples(2))
