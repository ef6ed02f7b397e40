"""Log lines and bars on a clock that the test moves."""
import pytest
import torch

from mmadvrain.utils import progress
from mmadvrain.utils.progress import Progress


class Watch:
    """Time that passes when told to, and lines that were logged."""

    def __init__(self):
        self.now = 100.
        self.lines = []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        self.asleep()

    def asleep(self):
        """What happens meanwhile."""

    def print_log(self, message, logger=None):
        self.lines.append(message)


@pytest.fixture
def watch(monkeypatch):
    made = Watch()
    monkeypatch.setattr(progress, 'time', made)
    monkeypatch.setattr(progress, 'print_log', made.print_log)
    monkeypatch.setattr(progress.sys.stderr, 'isatty', lambda: False)
    return made


def test_line_every_half_minute(watch):
    with Progress('attack', 10) as bar:
        for _ in range(4):
            watch.now += 20
            bar.advance(1)
    assert watch.lines == [
        'attack: 2/10 images, 0.05 img/s, 160 s left',
        'attack: 4/10 images, 0.05 img/s, 120 s left',
    ]


def test_last_line(watch):
    with Progress('score', 4) as bar:
        watch.now += 2
        bar.advance(4)
    assert watch.lines == ['score: 4/4 images, 2.00 img/s, 0 s left']


def test_resumed_run_counts_its_own_images_only(watch):
    with Progress('attack', 100, done=50, every_s=1) as bar:
        watch.now += 10
        bar.advance(10)
    # one a second; with the 50 of before it would be six
    assert watch.lines == ['attack: 60/100 images, 1.00 img/s, 40 s left']


def test_bar_where_a_person_watches(watch, monkeypatch):
    monkeypatch.setattr(progress.sys.stderr, 'isatty', lambda: True)
    with Progress('attack', 5, done=2) as bar:
        bar.advance(2)
        assert (bar.bar.n, bar.bar.total, bar.bar.unit) == (4, 5, 'img')
        assert bar.bar.desc.startswith('attack')
    assert bar.bar.disable  # tqdm's way of being closed
    assert watch.lines == []


def test_other_processes_are_silent(watch, monkeypatch):
    monkeypatch.setattr(progress, 'is_main_process', lambda: False)
    with Progress('attack', 1) as bar:
        watch.now += 99
        bar.advance(1)
    assert watch.lines == [] and bar.bar is None


def test_bar_is_closed_after_an_error(watch, monkeypatch):
    monkeypatch.setattr(progress.sys.stderr, 'isatty', lambda: True)
    with pytest.raises(KeyError):
        with Progress('attack', 5) as bar:
            raise KeyError
    assert bar.bar.disable


class TestManyProcesses:
    """Two processes that met at a store, played by two objects."""

    @pytest.fixture
    def store(self, monkeypatch):
        store = torch.distributed.HashStore()
        monkeypatch.setattr(progress, 'get_world_size', lambda: 2)
        monkeypatch.setattr(progress.distributed_c10d, '_get_default_store',
                            lambda: store)
        return store

    def both(self, monkeypatch, first, second):
        """Both made in the same order, so they share a number of it."""
        made = []
        for rank, (total, done) in enumerate((first, second)):
            monkeypatch.setattr(progress.SharedCounts, '_made',
                                progress.Counter())
            monkeypatch.setattr(
                progress, 'is_main_process', lambda rank=rank: not rank)
            made.append(Progress('attack', total, done, every_s=1).__enter__())
        return made

    def test_time_left_is_that_of_all(self, store, watch, monkeypatch):
        main, other = self.both(monkeypatch, (50, 0), (50, 20))
        watch.now += 10
        other.advance(5)
        monkeypatch.setattr(progress, 'is_main_process', lambda: True)
        main.advance(5)
        # 20 were there, 10 were made in 10 s, 70 are left
        assert watch.lines == ['attack: 30/100 images, 1.00 img/s, 70 s left']

    def test_the_bar_too(self, store, watch, monkeypatch):
        monkeypatch.setattr(progress.sys.stderr, 'isatty', lambda: True)
        main, other = self.both(monkeypatch, (5, 0), (4, 1))
        other.advance(2)
        main.advance(1)
        assert (main.bar.n, main.bar.total, main.bar.initial) == (4, 9, 1)
        assert other.bar is None
        main.__exit__(None, None, None)

    def test_main_process_follows_the_others(self, store, watch, monkeypatch):
        main, other = self.both(monkeypatch, (1, 0), (3, 0))
        watch.asleep = lambda: other.counts.add('done', 1) and \
            other.counts.add('worked', 1)
        monkeypatch.setattr(progress, 'is_main_process', lambda: True)
        watch.now += 2
        main.advance(1)
        main.follow(every_s=2)
        assert watch.lines == [
            'attack: 1/4 images, 0.50 img/s, 6 s left',
            'attack: 2/4 images, 0.50 img/s, 4 s left',
            'attack: 3/4 images, 0.50 img/s, 2 s left',
            'attack: 4/4 images, 0.50 img/s, 0 s left',
        ]

    def test_others_follow_the_main_process(self, store, watch, monkeypatch):
        main, other = self.both(monkeypatch, (1, 0), (3, 0))
        other.advance(3)
        watch.asleep = lambda: main.counts.add('done', 1)
        other.follow()
        assert watch.now == 101 and not watch.lines

    def test_a_process_that_begins_late_is_waited_for(self, store, watch,
                                                      monkeypatch):
        monkeypatch.setattr(progress, 'get_world_size', lambda: 2)
        early = Progress('attack', 1)
        early.__enter__()
        early.advance(1)
        watch.asleep = lambda: early.counts.add('processes', 1)
        early.follow()
        assert watch.now == 101

    def test_nobody_follows_without_a_store(self, store, watch, monkeypatch):
        main, _ = self.both(monkeypatch, (1, 0), (3, 0))
        monkeypatch.setattr(progress, 'is_main_process', lambda: True)
        main.counts.store = None
        main.follow()
        assert watch.now == 100

    def test_the_next_one_begins_anew(self, store, monkeypatch):
        assert Progress('again', 3).total == 3
        assert Progress('again', 4).total == 4

    def test_a_store_that_is_gone_ends_nothing(self, watch, monkeypatch):

        class Gone:

            def add(self, name, count):
                raise RuntimeError('Connection reset by peer')

        monkeypatch.setattr(progress, 'get_world_size', lambda: 2)
        monkeypatch.setattr(progress.distributed_c10d, '_get_default_store',
                            Gone)
        with Progress('attack', 4) as bar:
            watch.now += 2
            bar.advance(4)
        assert watch.lines == ['attack: 4/4 images, 2.00 img/s, 0 s left']

    def test_no_store(self, watch, monkeypatch):

        def none():
            raise ValueError('no group')

        monkeypatch.setattr(progress, 'get_world_size', lambda: 2)
        monkeypatch.setattr(progress.distributed_c10d, '_get_default_store',
                            none)
        assert Progress('attack', 4).total == 4
