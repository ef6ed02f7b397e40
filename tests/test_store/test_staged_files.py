"""Files that get their names together."""
import os

import pytest

from mmadvrain.store.staged_files import StagedFiles


def test_names_come_when_all_are_on_the_disk(tmp_path, monkeypatch):
    (tmp_path / 'part').mkdir()
    staged = StagedFiles(tmp_path / 'part')
    names = [tmp_path / 'a/1.png', tmp_path / 'b/2.npz']
    order, sync, replace = [], os.fsync, os.replace
    monkeypatch.setattr('os.fsync', lambda f: (order.append('sync'), sync(f)))
    monkeypatch.setattr('os.replace', lambda a, b:
                        (order.append('name'), replace(a, b)))
    for i, name in enumerate(names):
        staged.place_of(name).write_text(f'{i}')
    assert not any(name.exists() for name in names)
    staged.name_all()
    assert [name.read_text() for name in names] == ['0', '1']
    assert order == ['sync', 'sync', 'name', 'name']
    assert not list((tmp_path / 'part').iterdir())
    staged.name_all()
    assert len(order) == 4, 'nothing is left to be named'


def test_a_full_disk_is_named_with_the_file(tmp_path, monkeypatch):
    (tmp_path / 'part').mkdir()
    staged = StagedFiles(tmp_path / 'part')
    staged.place_of(tmp_path / 'a.png').touch()

    def full(handle):
        raise OSError(28, 'no space left')

    monkeypatch.setattr('os.fsync', full)
    with pytest.raises(OSError, match='no space left to write .*a.png'):
        staged.name_all()
    assert not (tmp_path / 'a.png').exists()
