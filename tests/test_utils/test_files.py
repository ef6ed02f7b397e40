"""Files are whole or not there."""
import errno
import json
import os
import stat

import cv2
import numpy as np
import pytest

from mmadvrain.utils.files import atomic_path, plain, write_json, write_png


def test_appears_when_complete(tmp_path):
    path = tmp_path / 'a' / 'b.png'
    with atomic_path(path) as temporary:
        assert temporary.parent == path.parent
        assert temporary.suffix == '.png'
        temporary.write_text('x')
        assert not path.exists()
    assert path.read_text() == 'x'
    assert os.listdir(path.parent) == ['b.png']


@pytest.mark.parametrize('error', [ValueError, KeyboardInterrupt])
def test_error_leaves_nothing_half_written(tmp_path, error):
    path = tmp_path / 'results.json'
    with pytest.raises(error):
        with atomic_path(path) as temporary:
            temporary.write_text('half')
            raise error
    assert os.listdir(tmp_path) == []
    path.write_text('old')
    with pytest.raises(error):
        with atomic_path(path) as temporary:
            temporary.write_text('half')
            raise error
    assert path.read_text() == 'old'
    assert os.listdir(tmp_path) == ['results.json']


def test_target_that_cannot_be_replaced(tmp_path):
    (tmp_path / 'folder').mkdir()
    with pytest.raises(OSError):
        with atomic_path(tmp_path / 'folder') as temporary:
            temporary.write_text('x')
    assert os.listdir(tmp_path) == ['folder']


def test_others_may_read(tmp_path):
    """As if the file had been opened for writing in the ordinary way."""
    mask = os.umask(0o027)
    try:
        with atomic_path(tmp_path / 'x') as temporary:
            temporary.write_text('x')
        assert stat.S_IMODE((tmp_path / 'x').stat().st_mode) == 0o640
    finally:
        assert os.umask(mask) == 0o027


def test_plain():
    content = {
        1: np.float32(0.5),
        'b': (np.int64(3), True, None, 'x'),
        'c': [float('nan'),
              np.float64('inf'), -float('inf'),
              np.bool_(True)],
    }
    assert plain(content) == {
        '1': 0.5,
        'b': [3, True, None, 'x'],
        'c': [None, None, None, True]
    }


def test_json_round_trip_is_unrounded(tmp_path):
    content = dict(ap=0.1 + 0.2, nested=[dict(x=1e-300)], name='ü', nan=np.nan)
    path = tmp_path / 'sub' / 'results.json'
    write_json(path, content)
    assert json.loads(path.read_text()) == {**content, 'nan': None}
    with pytest.raises(TypeError, match='ndarray'):
        write_json(path, np.zeros(2))
    assert json.loads(path.read_text())['ap'] == 0.1 + 0.2
    assert os.listdir(path.parent) == ['results.json']


def test_png_is_lossless(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (13, 17, 3), np.uint8)
    write_png(tmp_path / 'sub' / 'x.png', image)
    found = cv2.imread(str(tmp_path / 'sub' / 'x.png'), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(found, image)
    assert os.listdir(tmp_path / 'sub') == ['x.png']


@pytest.mark.parametrize('image', [
    np.zeros((4, 5, 3)),
    np.zeros((4, 5, 3), np.uint16),
    np.zeros((4, 5), np.uint8),
    np.zeros((4, 5, 2), np.uint8),
    np.zeros((0, 5, 3), np.uint8)
])
def test_png_of_something_else(tmp_path, image):
    with pytest.raises(ValueError, match=r'must be \(H, W, 3\) uint8.*x.png'):
        write_png(tmp_path / 'x.png', image)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize('code', [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_named_and_leaves_nothing(tmp_path, code, monkeypatch):
    path = tmp_path / 'a.json'
    write_json(path, dict(old=True))

    def full(*args, **kwargs):
        raise OSError(code, 'the system said so')

    monkeypatch.setattr('pathlib.Path.write_text', full)
    monkeypatch.setattr('pathlib.Path.write_bytes', full)
    with pytest.raises(OSError, match='no space left to write .*a.json'):
        write_json(path, dict(old=False))
    with pytest.raises(OSError, match='no space left to write .*a.png'):
        write_png(tmp_path / 'a.png', np.zeros((2, 2, 3), np.uint8))
    assert [p.name for p in tmp_path.iterdir()] == ['a.json']
    assert json.loads(path.read_text()) == dict(old=True)
