import zipfile
from collections import namedtuple

import pytest

from tests.test_tools.run_tool import load_tool

tool = load_tool('misc/unzip.py')
unzip, safe_target = tool.unzip, tool.safe_target

FILES = {'training/label_2/000000.txt': b'one', 'readme.txt': b'two'}


def make_zip(path, files):
    with zipfile.ZipFile(path, 'w') as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_regular_files(tmp_path):
    path = make_zip(tmp_path / 'a', dict(FILES, **{'empty.txt': b''}))
    out = tmp_path / 'out'
    files = unzip(path, out)
    assert files[0] == out / 'training/label_2/000000.txt'
    assert [file.read_bytes() for file in files] == [b'one', b'two', b'']
    names = {file.name for file in out.rglob('*') if file.is_file()}
    assert names == {'000000.txt', 'readme.txt', 'empty.txt'}


def test_complete_files_are_left_alone(tmp_path):
    path = make_zip(tmp_path / 'a.zip', FILES)
    files = unzip(path, tmp_path)
    files[0].write_bytes(b'ONE')
    files[1].write_bytes(b'broken')
    unzip(path, tmp_path)
    assert files[0].read_bytes() == b'ONE'
    assert files[1].read_bytes() == b'two'


@pytest.mark.parametrize('name', [
    '../evil.txt', '/evil.txt', 'a/../../evil.txt', '..\\evil.txt',
    'C:\\evil.txt', 'c:/evil.txt', 'a/../evil.txt', '\\evil.txt', '.', './.'
])
def test_nothing_gets_outside(tmp_path, name):
    path = make_zip(tmp_path / 'a', {'good.txt': b'good', name: b'evil'})
    out = tmp_path / 'x/out'
    with pytest.raises(
            ValueError, match='wanted a member inside .*out, found'):
        unzip(path, out)
    # not even the good one before it was written
    assert [file for file in tmp_path.rglob('*') if file.is_file()] == [path]


def test_a_link_inside_the_folder_leads_nowhere(tmp_path):
    outside = tmp_path / 'outside'
    outside.mkdir()
    out = tmp_path / 'out'
    out.mkdir()
    (out / 'link').symlink_to(outside)
    path = make_zip(tmp_path / 'a.zip', {'link/evil.txt': b'evil'})
    with pytest.raises(ValueError, match="found 'link/evil.txt'"):
        unzip(path, out)
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize('mode', [0o120777, 0o020666, 0o010666])
def test_links_and_devices_are_refused(tmp_path, mode):
    with zipfile.ZipFile(tmp_path / 'a.zip', 'w') as archive:
        link = zipfile.ZipInfo('evil')
        link.external_attr = mode << 16
        archive.writestr(link, '/etc/hostname')
    with pytest.raises(ValueError, match="regular, unencrypted .* 'evil'"):
        unzip(tmp_path / 'a.zip', tmp_path / 'out')
    assert list((tmp_path / 'out').iterdir()) == []


def test_damaged_and_other_files(tmp_path):
    path = make_zip(tmp_path / 'a.zip', {'a.txt': b'x' * 1000})
    data = bytearray(path.read_bytes())
    data[500] ^= 1
    path.write_bytes(data)
    with pytest.raises(
            ValueError, match='a.zip: wanted an intact ZIP archive'):
        unzip(path, tmp_path / 'out')
    assert not (tmp_path / 'out/a.txt').exists()
    path = make_zip(tmp_path / 'new.zip', FILES)
    data = bytearray(path.read_bytes())
    data[data.index(b'PK\1\2') + 6] = 64  # a version that is to come
    path.write_bytes(data)
    with pytest.raises(ValueError, match='new.zip: wanted .* version 6.4'):
        unzip(path, tmp_path / 'out')
    with zipfile.ZipFile(tmp_path / 'b.zip', 'w',
                         zipfile.ZIP_DEFLATED) as archive:
        archive.writestr('b.txt', bytes(range(256)) * 9)
    data = bytearray((tmp_path / 'b.zip').read_bytes())
    data[35:60] = b'\xff' * 25
    (tmp_path / 'b.zip').write_bytes(data)
    with pytest.raises(
            ValueError, match='b.zip: wanted an intact ZIP archive'):
        unzip(tmp_path / 'b.zip', tmp_path / 'out')
    assert not (tmp_path / 'out/b.txt').exists()
    (tmp_path / 'a.txt').write_text('text')
    with pytest.raises(
            ValueError, match='a.txt: wanted an intact ZIP archive'):
        unzip(tmp_path / 'a.txt', tmp_path / 'out')
    with pytest.raises(FileNotFoundError, match='wanted an archive at'):
        unzip(tmp_path / 'none', tmp_path / 'out')


def test_a_full_disk(tmp_path, monkeypatch):
    usage = namedtuple('usage', 'total used free')(10**9, 0, 64 << 20)
    monkeypatch.setattr(tool.shutil, 'disk_usage', lambda _: usage)
    path = make_zip(tmp_path / 'a.zip', FILES)
    with pytest.raises(OSError, match='wanted 67,108,870 bytes free'):
        unzip(path, tmp_path / 'out')
    assert not (tmp_path / 'out/readme.txt').exists()


def test_safe_target(tmp_path):
    assert safe_target(tmp_path, 'a//b.txt') == tmp_path / 'a/b.txt'
    for name in ('', '..', 'a\0b'):
        with pytest.raises(ValueError):
            safe_target(tmp_path, name)
