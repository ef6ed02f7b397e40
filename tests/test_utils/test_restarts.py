"""What torchrun starts anew, and what it is not told of."""
import pytest

from mmadvrain.utils.restarts import EXIT_FILE, ends_once
from mmadvrain.utils.termination import Terminated


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / 'code'
    path.touch()
    monkeypatch.setenv(EXIT_FILE, str(path))
    return path


def raising(error):

    def main():
        raise error

    return main


def test_without_torchrun_nothing_changes(monkeypatch):
    monkeypatch.delenv(EXIT_FILE, raising=False)
    assert ends_once(lambda: 3) == 3
    assert ends_once(lambda: None) is None
    with pytest.raises(ValueError, match='odd'):
        ends_once(raising(ValueError('odd')))


def test_a_code_is_written_down_in_place_of_told(file):
    assert ends_once(lambda: 3) == 0
    assert file.read_text() == '3'


@pytest.mark.parametrize('code', [0, None])
def test_nothing_is_written_where_all_went_well(file, code):
    assert ends_once(lambda: code) == 0
    assert file.read_text() == ''


@pytest.mark.parametrize('error', [
    ValueError('wrong'),
    FileNotFoundError('none'),
    ImportError('none'),
    OSError(28, 'full')
])
def test_a_refusal_is_not_tried_again(file, error):
    with pytest.raises(type(error)):
        ends_once(raising(error))
    with pytest.raises(SystemExit) as ended:
        ends_once(lambda: pytest.fail('it was tried again'))
    assert ended.value.code == 1


def test_wrong_arguments_are_not_tried_again(file):
    for main in (raising(SystemExit(2)), lambda: pytest.fail('again')):
        with pytest.raises(SystemExit) as ended:
            ends_once(main)
        assert ended.value.code == 2


@pytest.mark.parametrize('error', [
    RuntimeError('Connection closed by peer'),
    ConnectionResetError('by peer'),
    Terminated(),
    KeyboardInterrupt()
])
def test_what_another_process_may_have_caused_is(file, error):
    with pytest.raises(type(error)):
        ends_once(raising(error))
    assert ends_once(lambda: 0) == 0
