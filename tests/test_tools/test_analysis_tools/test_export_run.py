"""The tool writes what it is asked for, and says where."""
import json
import shutil
import sys

import pytest

from tests.test_tools.run_tool import load_tool
from tests.toys.toy_run import write_toy_run


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp('run')
    write_toy_run(folder, 3)
    shutil.copytree(folder / 'adversarial', folder / 'random')
    return folder


def export(monkeypatch, *args):
    monkeypatch.setattr(sys, 'argv', ['export_run.py', *map(str, args)])
    load_tool('analysis_tools/export_run.py').main()


def test_both_folders_are_written(root, tmp_path, monkeypatch, capsys):
    export(monkeypatch, root, 'coco', tmp_path / 'coco')
    content = json.loads((tmp_path / 'coco/annotations.json').read_text())
    assert len(content['images']) == 2
    assert capsys.readouterr().out.startswith('2 images in 3 views: ')
    export(monkeypatch, root, 'imagefolder', tmp_path / 'folder')
    assert (tmp_path / 'folder/README.md').is_file()


def test_what_is_refused_is_one_sentence(root, tmp_path, monkeypatch):
    (tmp_path / 'mine.txt').write_text('')
    with pytest.raises(ValueError, match='wanted an empty folder'):
        export(monkeypatch, root, 'coco', tmp_path)
    export(monkeypatch, root, 'coco', tmp_path, '--overwrite')
    assert (tmp_path / 'mine.txt').is_file()
    with pytest.raises(FileNotFoundError, match='no results of a run at'):
        export(monkeypatch, tmp_path / 'none', 'coco', tmp_path / 'out')


def test_without_fiftyone_its_name_is_said(root, monkeypatch):
    monkeypatch.setitem(sys.modules, 'fiftyone', None)
    with pytest.raises(ImportError, match='pip install fiftyone'):
        export(monkeypatch, root, 'fiftyone', 'rain')
