"""Batches come from processes whole, in order, or with a cause."""
import os
import resource
import signal

import pytest
import torch

from mmadvrain.engine.runner.batches import load_batches


class Items:
    """Each item holds as many tensors as a sample does."""

    def __init__(self, count, fatal=None):
        self.count, self.fatal = count, fatal

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        if index == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return index, [torch.full((3, 2), float(index)) for _ in range(5)]


@pytest.fixture
def few_descriptors():
    known = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, known[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, known)


@pytest.mark.parametrize('num_workers', [0, 2])
def test_large_batches_need_no_descriptor_an_image(few_descriptors,
                                                   num_workers):
    batches = list(load_batches(Items(250), 100, num_workers))
    assert [len(batch) for batch in batches] == [100, 100, 50]
    items = [item for batch in batches for item in batch]
    assert [index for index, _ in items] == list(range(250))
    assert all((t == index).all() for index, ts in items for t in ts)


def test_a_process_that_dies_ends_the_run_with_its_cause():
    with pytest.raises(
            RuntimeError,
            match='a process that loads images died: DataLoader worker .* '
            'lower test_dataloader.num_workers'):
        list(load_batches(Items(8, fatal=5), 2, 2))


def test_no_image_needs_no_process():
    assert list(load_batches(Items(0), 4, 2)) == []
