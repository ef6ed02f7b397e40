"""What it takes to repeat a run."""
import json
import platform

import torch

import mmadvrain
from mmadvrain.utils.provenance import provenance, versions


def test_versions_are_those_of_here():
    found = versions()
    assert found['mmadvrain'] == mmadvrain.__version__
    assert found['python'] == platform.python_version()
    assert found['torch'] == torch.__version__
    assert {'mmdet', 'onedl-mmdetection'} & set(found)


def test_the_command_could_be_typed_again(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr('sys.argv', ['tools/attack.py', 'a b.py', "it's"])
    known = provenance('a b.py', None)
    assert known['command'] == \
        """python tools/attack.py 'a b.py' 'it'"'"'s'"""
    assert known['folder'] == str(tmp_path) and known['config'] == 'a b.py'
    assert json.loads(json.dumps(known)) == known


def test_weights_have_a_sum(tmp_path):
    path = tmp_path / 'weights.pth'
    path.write_bytes(b'abc')
    assert provenance(None, path)['sha256'] == (
        'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    assert provenance(None, None)['sha256'] is None
