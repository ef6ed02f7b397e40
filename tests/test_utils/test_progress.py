"""Log lines and bars on a clock that the test moves."""
import pytest

from mmadvrain.utils import progress
from mmadvrain.utils.progress import Progress


class Watch:
    """Time that passes when told to, and lines that were logged."""

    def __init__(self):
        self.now = 100.
        self.lines = []

    def print_log(self, message, logger=None):
        self.lines.append(message)


@pytest.fixture
def watch(monkeypatch):
    made = Watch()
    monkeypatch.setattr(progress, 'print_log', made.print_log)
    monkeypatch.setattr(progress.sys.stderr, 'isatty', lambda: False)
    # tqdm reads the clock through this attribute of each bar
    monkeypatch.setattr(
        Progress,
        '_time',
        property(lambda bar: lambda: made.now, lambda bar, clock: None),
        raising=False)
    return made


def test_line_every_half_minute(watch):
    with Progress('attack', 10) as bar:
        for _ in range(4):
            watch.now += 20
            bar.advance(1)
        assert watch.lines == [
            'attack: 0/10 [00:00<?, ?img/s]',
            'attack: 2/10 [00:40<02:40, 20.00s/img]',
            'attack: 4/10 [01:20<02:00, 20.00s/img]',
        ]


def test_last_line(watch):
    with Progress('score', 4) as bar:
        watch.now += 2
        bar.advance(4)
    assert watch.lines[1:] == ['score: 4/4 [00:02<00:00,  2.00img/s]']


def test_resumed_run_counts_its_own_images_only(watch):
    with Progress('attack', 100, done=50) as bar:
        watch.now += 40
        bar.advance(10)
        # one in 4 s; with the 50 of before it would be 1.5 a second
        assert watch.lines[1:] == ['attack: 60/100 [00:40<02:40,  4.00s/img]']


def test_bar_where_a_person_watches(watch, monkeypatch, capsys):
    monkeypatch.setattr(progress.sys.stderr, 'isatty', lambda: True)
    with Progress('attack', 5, done=2) as bar:
        watch.now += 1
        bar.advance(2)
        assert 'attack:  80%|' in capsys.readouterr().err
    assert watch.lines == []


def test_other_processes_are_silent(watch, monkeypatch, capsys):
    monkeypatch.setattr(progress, 'is_main_process', lambda: False)
    with Progress('attack', 1) as bar:
        watch.now += 99
        bar.advance(1)
    assert watch.lines == [] and not capsys.readouterr().err


def test_bar_is_closed_after_an_error(watch):
    with pytest.raises(KeyError):
        with Progress('attack', 5) as bar:
            raise KeyError
    assert bar.disable  # tqdm's way of being closed


def test_main_process_counts_for_all(watch, monkeypatch):
    monkeypatch.setattr(progress, 'get_world_size', lambda: 2)
    with Progress('attack', 50, done=10) as bar:
        watch.now += 40
        bar.advance(5)
        assert watch.lines == [
            'attack: 20/100 [00:00<?, ?img/s]',
            'attack: 30/100 [00:40<04:40,  4.00s/img]'
        ]
