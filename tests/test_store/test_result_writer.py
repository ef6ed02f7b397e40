"""Files written in a thread: order, errors, and what is dropped."""
import threading
from pathlib import Path

import numpy as np
import pytest

from mmadvrain.store.attack_store import STORED, AttackStore
from mmadvrain.store.result_writer import FinishedImage, ResultWriter


class Params:
    """Factors whose file waits for a signal, or for ever finds no room."""
    suffix = '.safetensors'

    def __init__(self, gate=None, error=None):
        self.gate, self.error, self.threads = gate, error, []

    def save(self, path):
        self.threads.append(threading.current_thread())
        if self.gate is not None:
            assert self.gate.wait(20)
        if self.error is not None:
            raise self.error
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b'factors')


def images(*names, **kwargs):
    return [
        FinishedImage(name, Path('none'),
                      {v: np.zeros((2, 3, 3), np.uint8)
                       for v in STORED}, {v: Params(**kwargs)
                                          for v in STORED}, dict(key=name))
        for name in names
    ]


@pytest.fixture
def store(tmp_path):
    return AttackStore(tmp_path)


def finished(store, names='abcdef'):
    return ''.join(name for name in names if store.finished(name))


def test_everything_is_there_at_the_end(store):
    batch = images('a', 'city/b')
    with ResultWriter(store) as writer:
        writer.put(batch)
        writer.put([])
        writer.put(images('c'))
    assert all(store.finished(name) for name in ('a', 'city/b', 'c'))
    assert store.record('a')['key'] == 'a'
    threads = batch[0].params['random'].threads
    assert threads and threads[0] is not threading.main_thread()


def test_the_next_batch_is_attacked_meanwhile_and_no_more(store):
    gate, order = threading.Event(), []
    with ResultWriter(store) as writer:
        writer.put(images('a', gate=gate))
        order.append('attacked b')
        assert finished(store) == ''
        threading.Timer(0.2, gate.set).start()
        writer.put(images('b'))
        assert finished(store)[:1] == 'a', 'it waits for the batch before'
    assert order and finished(store) == 'ab'


def test_a_record_comes_last(store, monkeypatch):
    seen = []
    monkeypatch.setattr(
        store, 'seal_all', lambda images: seen.extend(
            all(path.is_file() for path in store.files(name).values())
            for name, _, _ in images))
    with ResultWriter(store) as writer:
        writer.put(images('a', 'b'))
    assert seen == [True, True]


def test_an_error_is_raised_where_the_next_batch_is_brought(store):
    error = OSError(28, 'no space left')
    with pytest.raises(OSError, match='no space left') as caught:
        with ResultWriter(store) as writer:
            writer.put(images('a', error=error))
            writer.put(images('b'))
    assert caught.value.errno == 28 and finished(store) == ''
    assert f'{store.factors("adversarial", "a")}: free' in str(caught.value)


def test_an_error_in_the_last_batch_is_raised_at_the_end(store):
    with pytest.raises(OSError, match='no space left'):
        with ResultWriter(store) as writer:
            writer.put(images('a', error=OSError(28, 'no space left')))


def test_being_stopped_finishes_one_image_and_drops_the_others(store):
    gate = threading.Event()
    with pytest.raises(SystemExit):
        with ResultWriter(store) as writer:
            writer.put(images('a', 'b', gate=gate))
            while not list(store.part.glob('*.png')):
                pass
            threading.Timer(0.2, gate.set).start()
            raise SystemExit(143)
    assert finished(store) == 'a'
    assert not list(store.part.iterdir())


def test_a_second_error_is_told_and_hides_nothing(store, monkeypatch):
    told = []
    monkeypatch.setattr('mmadvrain.store.result_writer.print_log',
                        lambda text, **kwargs: told.append(text))
    with pytest.raises(SystemExit):
        with ResultWriter(store) as writer:
            writer.put(images('a', error=OSError(28, 'no space left')))
            raise SystemExit(143)
    assert len(told) == 1
    assert told[0].startswith('besides, OSError: [Errno 28] no space left to ')
