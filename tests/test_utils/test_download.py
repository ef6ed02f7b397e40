import hashlib
from collections import namedtuple

import numpy as np
import pytest

from mmadvrain.utils import download
from mmadvrain.utils.download import check_free_disk, fetch, verify_checksum
from tests.test_utils.loopback_server import serve

BODY = np.random.default_rng(0).bytes(100_000)
SHA = 'sha256:' + hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def server():
    with serve({'/file.zip': BODY}) as behaviour:
        yield behaviour


def get(server, folder, **kwargs):
    kwargs.setdefault('checksum', SHA)
    return fetch(
        f'{server.url}/file.zip', folder / 'deep/file.zip', wait_s=0, **kwargs)


def test_a_plain_download(server, tmp_path):
    path = get(server, tmp_path, size=len(BODY))
    assert path.read_bytes() == BODY
    assert [file.name for file in path.parent.iterdir()] == ['file.zip']
    assert server.requests == [('/file.zip', None, None)]


def test_a_file_that_is_there_is_checked_and_kept(server, tmp_path):
    path = get(server, tmp_path)
    get(server, tmp_path)
    assert len(server.requests) == 1
    path.write_bytes(BODY[:-1] + b'x')
    with pytest.raises(ValueError, match='file.zip: wanted sha256 .*, found'):
        get(server, tmp_path)
    path.write_bytes(b'short')
    with pytest.raises(ValueError, match='wanted 100,000 bytes, found 5'):
        get(server, tmp_path, size=len(BODY))


def test_a_connection_that_is_cut_is_resumed(server, tmp_path):
    server.cut_after = [60_000, 10_000]
    assert get(server, tmp_path).read_bytes() == BODY
    assert server.requests == [
        ('/file.zip', None, None),
        ('/file.zip', 'bytes=60000-', '"one"'),
        ('/file.zip', 'bytes=70000-', '"one"'),
    ]


def test_a_later_call_goes_on_where_the_first_gave_up(server, tmp_path):
    server.cut_after = [60_000, 0]
    with pytest.raises(OSError, match='gave up at 60,000 bytes, which are'):
        get(server, tmp_path, retries=0)
    part = tmp_path / 'deep/file.zip.part'
    assert part.read_bytes() == BODY[:60_000]
    assert not (tmp_path / 'deep/file.zip').exists()
    assert get(server, tmp_path).read_bytes() == BODY
    assert server.requests[-1][1] == 'bytes=60000-'
    assert not part.exists()


def test_a_server_without_ranges_starts_anew(server, tmp_path):
    server.ranges = False
    server.cut_after = [60_000]
    assert get(server, tmp_path).read_bytes() == BODY
    assert server.requests[1][1] == 'bytes=60000-'


def test_another_file_on_the_server_starts_anew(server, tmp_path):
    other = BODY[::-1]
    server.cut_after = [60_000, 0]
    with pytest.raises(OSError):
        get(server, tmp_path, retries=0)
    server.files['/file.zip'] = other
    server.etag = '"two"'
    path = get(server, tmp_path, checksum=None)
    assert server.requests[-1][1:] == ('bytes=60000-', '"one"')
    assert path.read_bytes() == other


@pytest.mark.parametrize(
    'part, requests',
    [
        (BODY, 1),  # whole, only not renamed
        (BODY + b'more', 2),  # not this file: begun anew
    ])
def test_a_part_at_least_as_long_as_the_file(server, tmp_path, part, requests):
    (tmp_path / 'deep').mkdir()
    (tmp_path / 'deep/file.zip.part').write_bytes(part)
    assert get(server, tmp_path).read_bytes() == BODY
    assert len(server.requests) == requests


def test_trouble_that_passes_is_waited_out(server, tmp_path):
    server.statuses = [503, 429]
    assert get(server, tmp_path).read_bytes() == BODY
    assert len(server.requests) == 3


def test_attempts_without_progress_are_counted(server, tmp_path):
    server.statuses = [503] * 10
    with pytest.raises(OSError, match='gave up at 0 bytes'):
        get(server, tmp_path, retries=2)
    assert len(server.requests) == 3
    # one that brings something starts the count again
    server.requests.clear()
    server.statuses = [0, 503, 0, 503, 0]
    server.cut_after = [10, 10]
    assert get(server, tmp_path, retries=1).read_bytes() == BODY
    assert len(server.requests) == 5


def test_a_length_that_nobody_told(server, tmp_path):
    server.length = False
    assert get(server, tmp_path).read_bytes() == BODY
    server.cut_after = [10]
    with pytest.raises(ValueError, match='wanted sha256'):
        fetch(f'{server.url}/file.zip', tmp_path / 'b.zip', checksum=SHA)


def test_a_wrong_checksum_leaves_nothing(server, tmp_path):
    with pytest.raises(ValueError, match='wanted sha256 00, found'):
        get(server, tmp_path, checksum='sha256:00')
    assert list((tmp_path / 'deep').iterdir()) == []


def test_a_wrong_size_is_noticed_before_the_download(server, tmp_path):
    with pytest.raises(ValueError, match='wanted 7 bytes, the server has 100'):
        get(server, tmp_path, size=7)
    assert list((tmp_path / 'deep').iterdir()) == []


def test_a_refusal_is_not_repeated(server, tmp_path):
    with pytest.raises(OSError, match='the server said 404'):
        fetch(f'{server.url}/none', tmp_path / 'x', wait_s=0)
    assert len(server.requests) == 1


def test_a_full_disk(server, tmp_path, monkeypatch):
    usage = namedtuple('usage', 'total used free')(10**9, 0, 64 << 20)
    monkeypatch.setattr(download.shutil, 'disk_usage', lambda _: usage)
    with pytest.raises(OSError, match='wanted 67,208,864 bytes free on the'):
        get(server, tmp_path)
    assert not (tmp_path / 'deep/file.zip.part').exists()
    check_free_disk(tmp_path, 0)


def test_arguments(tmp_path):
    with pytest.raises(ValueError, match="HTTP or HTTPS address, got 'file:"):
        fetch('file:///etc/hostname', tmp_path / 'x')
    (tmp_path / 'x').write_bytes(b'')
    for checksum in ('0123', 'crc:0123', 'md5:'):
        with pytest.raises(ValueError, match=f"such as .*, got '{checksum}'"):
            verify_checksum(tmp_path / 'x', checksum)
    verify_checksum(tmp_path / 'x', 'md5:D41D8CD98F00B204E9800998ECF8427E')
