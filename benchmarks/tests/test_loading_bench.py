"""What loading costs, and what processes hold."""
import multiprocessing
import time

import cv2
import numpy as np
import pytest
from mmengine.config import Config

from benchmarks.loading_bench import (
    loading_cost,
    loading_table,
    process_memory,
)
from mmadvrain.registry import TRANSFORMS


@TRANSFORMS.register_module()
class _SlowStep:
    """Lets loading take a known time."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __call__(self, results):
        time.sleep(self.seconds)
        return results


@pytest.fixture
def config(tmp_path):
    for name in 'ab':
        cv2.imwrite(
            str(tmp_path / f'{name}.png'), np.full((20, 30, 3), 90, np.uint8))
    return Config(
        dict(
            model=dict(
                type='mmadvrain.DerainModel',
                derainer=dict(
                    type='mmadvrain.PReNet',
                    stages=1,
                    recurrent=None,
                    channels=4,
                    blocks=1),
                loss=dict(type='mmadvrain.NegativeSSIMLoss')),
            optim_wrapper=dict(
                type='OptimWrapper', optimizer=dict(type='Adam')),
            train_dataloader=dict(
                batch_size=2,
                num_workers=0,
                sampler=dict(type='DefaultSampler', shuffle=True),
                dataset=dict(
                    type='mmadvrain.RainOnClean',
                    data_root=str(tmp_path),
                    pipeline=[
                        dict(type='mmadvrain.LoadRainPair'),
                        dict(type='mmadvrain._SlowStep', seconds=0.05),
                        dict(type='mmadvrain.PackDerainInputs')
                    ]))))


def test_waiting_is_what_the_pipeline_takes(config):
    before = config.pretty_text
    cost = loading_cost(config, workers=(0, 1), iterations=3)
    assert config.pretty_text == before
    alone = cost['workers']['0']
    # an epoch has one batch, of two images
    assert cost['batch_size'] == 2 and alone['wait_s'] >= 0.1
    assert alone['share'] == pytest.approx(alone['wait_s'] /
                                           (alone['wait_s'] + alone['step_s']))
    assert cost['keep_up'] == pytest.approx(cost['load_s'] / cost['step_s'])
    assert alone['memory'] == dict(rss=0, pss=0) and alone['bank'] is None
    held = cost['workers']['1']['memory']
    if held is not None:
        assert 2**24 < held['pss'] < held['rss']
    table = loading_table(dict(slow=cost)).splitlines()
    assert len(table) == 4
    assert f'| {100 * alone["share"]:.1f} % |' in table[2]


@pytest.mark.parametrize('options', [
    dict(iterations=0),
    dict(workers=(1, -1)),
])
def test_numbers(config, options):
    with pytest.raises(ValueError, match='positive number of iterations'):
        loading_cost(config, **options)


def _read(path, ready, done):
    array = np.load(path, mmap_mode='r')
    array.sum()
    ready.release()
    done.wait(60)


def test_pages_that_processes_share_count_once(tmp_path):
    size = 2**23
    np.save(tmp_path / 'a.npy', np.ones(size, np.uint8))
    context = multiprocessing.get_context('fork')
    ready, done = context.Semaphore(0), context.Event()
    readers = [
        context.Process(target=_read, args=(tmp_path / 'a.npy', ready, done))
        for _ in range(2)
    ]
    for reader in readers:
        reader.start()
    for _ in readers:
        assert ready.acquire(timeout=60)
    found = process_memory([r.pid for r in readers], tmp_path)
    none = process_memory([r.pid for r in readers], tmp_path / 'b')
    done.set()
    for reader in readers:
        reader.join(60)
    if found is None:
        pytest.skip('the system does not tell')
    assert found['rss'] == pytest.approx(2 * size, rel=0.01)
    assert found['pss'] == pytest.approx(size, rel=0.01)
    assert none == dict(rss=0, pss=0)
