"""Entries of several processes: which counts, and what is none."""
import json
import math
import os

import numpy as np
import pytest

from mmadvrain.store.manifest import Manifest

NAMES = ['a', 'city/b c', 'quo"te', 'back\\slash', 'both\\"', 'ünï', '名']


@pytest.fixture
def folder(tmp_path):
    return tmp_path / 'records'


def test_nothing_is_there_and_nothing_is_made(folder):
    manifest = Manifest(folder)
    assert manifest.get('a') is None
    manifest.append([])
    manifest.refresh()
    assert not folder.exists()


def test_every_name_comes_back(folder):
    made = Manifest(folder)
    made.append((name, dict(key=i)) for i, name in enumerate(NAMES))
    for manifest in (made, Manifest(folder)):
        assert [manifest.get(n)
                for n in NAMES] == [dict(key=i) for i in range(len(NAMES))]
        assert manifest.get('quo') is None


def test_a_line_is_plain_json_with_its_name_first(folder):
    Manifest(folder).append([('a', dict(x=math.nan, y=np.float64(.1)))])
    path, = folder.iterdir()
    assert path.name.startswith('000001-')
    assert path.name.endswith(f'-{os.getpid()}.jsonl')
    line, end = path.read_text().split('\n')
    assert list(json.loads(line).items()) == [('name', 'a'), ('x', None),
                                              ('y', .1)]
    assert end == ''


def test_one_file_a_process_however_often_it_writes(folder):
    manifest = Manifest(folder)
    for i in range(3):
        manifest.append([(f'{i}', dict(key=i))])
    assert len(list(folder.iterdir())) == 1
    assert manifest.get('0') == dict(key=0)


def test_later_lines_and_later_files_count(folder):
    first = Manifest(folder)
    first.append([('a', dict(key=1)), ('a', dict(key=2))])
    assert first.get('a') == dict(key=2)
    second = Manifest(folder)
    second.append([('a', dict(key=3))])
    # a line of an earlier file, written later
    first.append([('a', dict(key=4)), ('b', dict(key=5))])
    for manifest in (second, Manifest(folder)):
        manifest.refresh()
        assert manifest.get('a') == dict(key=3)
        assert manifest.get('b') == dict(key=5)


def test_a_torn_line_is_none_until_it_is_whole(folder):
    folder.mkdir()
    path = folder / '000007-host-1.jsonl'
    whole = b'{"name": "a", "key": 1}\n{"name": "b", "key": 2}\n'
    path.write_bytes(whole[:-3])
    manifest = Manifest(folder)
    assert manifest.get('a') == dict(key=1)
    assert manifest.get('b') is None
    path.write_bytes(whole)
    manifest.refresh()
    assert manifest.get('b') == dict(key=2)
    manifest.append([('c', dict(key=3))])
    assert {p.name[:6] for p in folder.iterdir()} == {'000007', '000008'}


@pytest.mark.parametrize('line', [
    b'', b'[1]', b'{"key": 1}', b'{"name": 7, "key": 1}', b'{"name": "a',
    b'{"name": "a"', b'{"name": "a", "key": 1', b'\xff\xfe', b'[' * 100000,
    b'{"name": "a", "key": ' + b'[' * 100000, b'{"name": "\\q", "key": 1}'
])
def test_what_is_no_entry(folder, line):
    folder.mkdir()
    (folder / '000001-x-1.jsonl').write_bytes(line +
                                              b'\n{"name": "b", "key": 2}\n')
    manifest = Manifest(folder)
    assert manifest.get('a') is None and manifest.get('\\q') is None
    assert manifest.get('b') == dict(key=2)


def test_a_full_disk_leaves_no_entry(folder, monkeypatch):
    manifest = Manifest(folder)
    manifest.append([('a', dict(key=1))])

    def full(handle):
        raise OSError(28, 'no space left')

    monkeypatch.setattr('os.fsync', full)
    with pytest.raises(OSError, match='no space left to write .*jsonl'):
        manifest.append([('a', dict(key=2))])
    monkeypatch.undo()
    assert manifest.get('a') == Manifest(folder).get('a') == dict(key=1)
    manifest.append([('a', dict(key=3))])
    assert Manifest(folder).get('a') == dict(key=3)


def test_processes_with_many_files(folder):
    for i in range(70):  # more than are kept open
        Manifest(folder).append([(f'{i}', dict(key=i))])
    manifest = Manifest(folder)
    for _ in range(2):
        assert [manifest.get(f'{i}')
                for i in range(70)] == [dict(key=i) for i in range(70)]
