"""Weights are read without running what a file holds."""
import hashlib
import os
import pickle
import threading
from collections import OrderedDict
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.logging import HistoryBuffer
from packaging.version import Version
from torch import nn

from mmadvrain.utils import safe_globals
from mmadvrain.utils.checkpoint import (
    UnsafeCheckpointError,
    load_victim,
    load_weights,
)

takes_names = pytest.mark.skipif(
    Version(torch.__version__) < Version('2.6'),
    reason='this torch cannot extend its list of allowed classes by name')


class Touch:
    """A pickle that makes a file when it is read."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f'touch {self.path}', )


def small_model(classes=3):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, classes, 1))


def assert_same(first, second):
    assert list(first) == list(second)
    for key in first:
        torch.testing.assert_close(first[key], second[key], rtol=0, atol=0)


@pytest.fixture
def weights():
    return small_model().state_dict()


@pytest.fixture
def saved(tmp_path):

    def save(content, name='weights.pth', **kwargs):
        path = tmp_path / name
        torch.save(content, path, **kwargs)
        return path

    return save


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Serve a folder on the loopback; gives folder, address and log."""
    folder, seen = tmp_path / 'served', []
    folder.mkdir()

    class Handler(SimpleHTTPRequestHandler):

        def log_message(self, *args):
            seen.append(self.path)

        def do_GET(self):
            if self.path.startswith('/short'):
                self.send_response(200)
                self.send_header('Content-Length', '1000')
                self.end_headers()
                self.wfile.write(b'PK\x03\x04 too little')
                seen.append(self.path)
                self.close_connection = True
                return
            super().do_GET()

    httpd = ThreadingHTTPServer(('127.0.0.1', 0),
                                partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    monkeypatch.setattr(torch.hub, '_hub_dir', str(tmp_path / 'hub'))
    yield folder, f'http://127.0.0.1:{httpd.server_port}', seen
    httpd.shutdown()
    httpd.server_close()
    thread.join()


@pytest.mark.parametrize(
    'wrap', [
        lambda w: w,
        dict,
        lambda w: {
            'state_dict': w,
            'meta': {
                'epoch': 12
            }
        },
        lambda w: {
            'model': w
        },
        lambda w: {
            'model_state_dict': w
        },
        lambda w: {
            'state_dict':
            OrderedDict(('module.' + key, value) for key, value in w.items())
        },
    ],
    ids=['flat', 'dict', 'state_dict', 'model', 'model_state_dict', 'module'])
@pytest.mark.parametrize('zipped', [True, False])
def test_finds_state_dict(saved, weights, wrap, zipped):
    path = saved(wrap(weights), _use_new_zipfile_serialization=zipped)
    assert_same(load_weights(path), weights)
    assert_same(load_weights(str(path)), weights)
    assert_same(load_weights(path.as_uri()), weights)


def test_only_a_common_prefix_is_dropped(saved, weights):
    odd = OrderedDict(weights)
    odd['module.extra'] = torch.ones(1)
    assert 'module.extra' in load_weights(saved(odd))


def test_metadata_of_the_state_dict_survives(saved, weights):
    loaded = load_weights(saved({'state_dict': weights}))
    assert loaded._metadata == weights._metadata


def test_averaged_weights_only_when_asked(saved, weights):
    raw = OrderedDict(
        ('module.' + key, value + 1) for key, value in weights.items())
    raw['steps'] = torch.tensor(7)
    path = saved({'state_dict': weights, 'ema_state_dict': raw})
    assert_same(load_weights(path), weights)
    averaged = load_weights(path, ema=True)
    assert list(averaged) == list(weights)
    torch.testing.assert_close(averaged['0.bias'], weights['0.bias'] + 1)
    with pytest.raises(ValueError, match='has no ema_state_dict'):
        load_weights(saved(weights, 'plain.pth'), ema=True)


@takes_names
def test_reads_the_log_of_an_openmmlab_checkpoint(saved, weights):
    history = HistoryBuffer([0.5, 0.25], [1, 1])
    content = {
        'state_dict': weights,
        'message_hub': {
            'log_scalars': OrderedDict({'train/loss': history}),
            'resumed_keys': OrderedDict(),
        },
        'meta': {
            'cfg': ConfigDict(lr=0.1, inner=dict(a=[1, 2])),
            'seed': np.int64(3),
            'best': np.float32(0.25),
            'classes': np.array(['car', 'van']),
        },
    }
    path = saved(content)
    with pytest.raises(pickle.UnpicklingError):
        torch.load(path, weights_only=True)
    assert_same(load_weights(path), weights)
    with safe_globals.safe_openmmlab_globals():
        read = torch.load(path, weights_only=True)
    log = read['message_hub']['log_scalars']['train/loss']
    assert log.mean() == 0.375
    assert log.statistics('max') == 0.5
    assert read['meta']['cfg'].inner.a == [1, 2]
    assert read['meta']['seed'] == 3
    assert read['meta']['classes'].tolist() == ['car', 'van']
    with pytest.raises(pickle.UnpicklingError):
        torch.load(path, weights_only=True)


@takes_names
@pytest.mark.parametrize('core', ['numpy.core', 'numpy._core'])
def test_reads_arrays_of_both_numpy_generations(saved, core):
    """The pickle names numpy's core module as the writer's numpy did."""
    path = saved({
        'value': np.arange(3.0),
        'scalar': np.float64(2)
    },
                 _use_new_zipfile_serialization=False)
    content = path.read_bytes()
    for name in (b'numpy.core', b'numpy._core'):
        content = content.replace(b'c' + name + b'.multiarray\n',
                                  b'c' + core.encode() + b'.multiarray\n')
    assert content.count(core.encode() + b'.multiarray\n') == 2
    path.write_bytes(content)
    with safe_globals.safe_openmmlab_globals():
        read = torch.load(path, weights_only=True)
    assert read['scalar'] == 2
    assert read['value'].tolist() == [0.0, 1.0, 2.0]


@takes_names
def test_allow_openmmlab_globals_serves_a_bare_load(saved, weights,
                                                    monkeypatch):
    path = saved({'state_dict': weights, 'log': HistoryBuffer([1.0], [1])})
    added = []
    monkeypatch.setattr(torch.serialization, 'add_safe_globals', added.extend)
    safe_globals.allow_openmmlab_globals()
    with torch.serialization.safe_globals(added):
        assert torch.load(path)['log'].current() == 1.0


def test_without_the_list_on_an_older_torch(saved, weights, monkeypatch):
    """Before torch 2.6 plain files load and all else is refused."""
    monkeypatch.setattr(safe_globals, '_FIRST_TORCH', Version('999'))
    assert_same(load_weights(saved({'state_dict': weights})), weights)
    path = saved({'state_dict': weights, 'log': HistoryBuffer([1.0], [1])})
    with pytest.raises(UnsafeCheckpointError, match='HistoryBuffer'):
        load_weights(path)
    safe_globals.allow_openmmlab_globals()
    with pytest.raises(UnsafeCheckpointError, match='HistoryBuffer'):
        load_weights(path)


@pytest.mark.parametrize('zipped', [True, False])
def test_malicious_file_does_not_run(saved, tmp_path, weights, zipped):
    mark = tmp_path / 'was_here'
    path = saved({
        'state_dict': weights,
        'meta': Touch(mark)
    },
                 _use_new_zipfile_serialization=zipped)
    with pytest.raises(UnsafeCheckpointError, match=r'\w+\.system') as info:
        load_weights(path)
    assert '--trust-checkpoint' in str(info.value)
    assert 'trust=True' in str(info.value)
    assert not mark.exists()
    assert_same(load_weights(path, trust=True), weights)
    assert mark.exists()


class Lookup:
    """A pickle that looks an attribute up, a step of many exploits."""

    def __reduce__(self):
        return getattr, (OrderedDict, 'fromkeys')


@takes_names
def test_getattr_reaches_nothing_but_the_log(saved, weights):
    path = saved({'state_dict': weights, 'meta': Lookup()})
    with pytest.raises(UnsafeCheckpointError, match='fromkeys'):
        load_weights(path)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match='nowhere.pth.*nothing'):
        load_weights(tmp_path / 'nowhere.pth')
    with pytest.raises(FileNotFoundError, match='a folder'):
        load_weights(tmp_path)
    with pytest.raises(FileNotFoundError, match='nowhere.pth'):
        load_weights((tmp_path / 'nowhere.pth').as_uri())
    with pytest.raises(ValueError, match='s3://'):
        load_weights('s3://bucket/weights.pth')


@pytest.mark.parametrize('content,match', [
    (b'', 'is empty'),
    (b'\n<!DOCTYPE html><html>Not found</html>', 'web page'),
    (b'version https://git-lfs.github.com/spec/v1\n', 'LFS pointer'),
    (pickle.dumps({'a': 1}), 'plain pickle'),
    (b'\x89PNG\r\n', 'starts with the bytes'),
])
def test_not_a_checkpoint(tmp_path, content, match):
    path = tmp_path / 'weights.pth'
    path.write_bytes(content)
    with pytest.raises(ValueError, match=match):
        load_weights(path)


@pytest.mark.parametrize('zipped', [True, False])
@pytest.mark.parametrize('share', [0.02, 0.5, 0.95])
def test_truncated_file(saved, weights, zipped, share):
    path = saved(weights, _use_new_zipfile_serialization=zipped)
    content = path.read_bytes()
    path.write_bytes(content[:max(20, int(len(content) * share))])
    with pytest.raises(ValueError, match='is wanted, but .*weights.pth'):
        load_weights(path)


def test_torchscript_and_other_contents(tmp_path, saved):
    path = tmp_path / 'script.pt'
    torch.jit.save(torch.jit.script(nn.Linear(1, 1)), path)
    with pytest.raises(ValueError, match='TorchScript'):
        load_weights(path)
    with pytest.raises(ValueError, match='holds a list'):
        load_weights(saved([1, 2]))
    with pytest.raises(ValueError, match="the keys.*'epoch'"):
        load_weights(saved({'epoch': 1}))


def test_whole_module_needs_trust(saved, weights):
    path = saved({'model': small_model()})
    with pytest.raises(UnsafeCheckpointError, match='torch.nn'):
        load_weights(path)
    assert_same(load_weights(path, trust=True), weights)


def test_address_is_fetched_once(server, weights):
    folder, url, seen = server
    torch.save(weights, folder / 'a b.pth')
    assert_same(load_weights(f'{url}/a%20b.pth'), weights)
    assert_same(load_weights(f'{url}/a%20b.pth'), weights)
    assert len(seen) == 1
    cache = os.path.join(torch.hub.get_dir(), 'checkpoints')
    assert os.listdir(cache) == ['a b.pth']


def test_sum_in_the_name_is_compared(server, weights):
    folder, url, seen = server
    torch.save(weights, folder / 'w.pth')
    content = (folder / 'w.pth').read_bytes()
    name = f'frcnn_20200130-{hashlib.sha256(content).hexdigest()[:8]}.pth'
    (folder / name).write_bytes(content)
    (folder / 'frcnn-0a1b2c3d.pth').write_bytes(content)
    (folder / 'frcnn-20200130.pth').write_bytes(content)
    assert_same(load_weights(f'{url}/{name}'), weights)
    assert_same(load_weights(f'{url}/frcnn-20200130.pth'), weights)
    with pytest.raises(ValueError, match='starts with 0a1b2c3d'):
        load_weights(f'{url}/frcnn-0a1b2c3d.pth')
    cache = os.path.join(torch.hub.get_dir(), 'checkpoints')
    assert sorted(os.listdir(cache)) == sorted([name, 'frcnn-20200130.pth'])

    with open(os.path.join(cache, name), 'wb') as file:
        file.write(b'damaged')
    before = len(seen)
    assert_same(load_weights(f'{url}/{name}'), weights)
    assert len(seen) == before + 1


def test_address_that_fails(server, weights):
    _, url, _ = server
    with pytest.raises(ConnectionError, match='Error 404.*give its path'):
        load_weights(f'{url}/none.pth')
    with pytest.raises(ConnectionError, match='ended after 15 bytes.*give'):
        load_weights(f'{url}/short.pth')
    with pytest.raises(ValueError, match='file name is wanted'):
        load_weights(url)
    cache = os.path.join(torch.hub.get_dir(), 'checkpoints')
    assert os.listdir(cache) == []


def test_server_that_is_not_there(server):
    with pytest.raises(ConnectionError, match='refused.*give its path'):
        load_weights('http://127.0.0.1:9/weights.pth')


def test_load_victim_loads_all(saved, weights):
    model = small_model()
    nn.init.zeros_(model[0].weight)
    assert load_victim(model, saved({'state_dict': weights})) == ([], [])
    assert_same(model.state_dict(), weights)


def test_load_victim_names_missing_and_unexpected(saved, weights):
    other = OrderedDict(weights)
    del other['0.bias']
    other['head.bias'] = torch.ones(1)
    keys = load_victim(small_model(), saved(other))
    assert keys.missing == ['0.bias']
    assert keys.unexpected == ['head.bias']


def test_load_victim_refuses_what_does_not_fit(saved, weights):
    model = small_model()
    before = {key: value.clone() for key, value in weights.items()}
    with pytest.raises(
            ValueError,
            match=r'2 tensors: 2.weight: wanted \(3, 4, 1, 1\), found '
            r'\(5, 4, 1, 1\), 2.bias: wanted \(3,\), found \(5,\)'):
        load_victim(model, saved(small_model(classes=5).state_dict()))
    renamed = {'backbone.' + key: value for key, value in weights.items()}
    with pytest.raises(ValueError, match='No key of .*0.weight.*backbone.0'):
        load_victim(model, saved(renamed))
    assert_same(model.state_dict(), before)


def test_load_victim_refuses_to_leave_a_part_random(saved, weights):
    head = {k: v for k, v in weights.items() if k.startswith('2.')}
    with pytest.raises(
            ValueError, match='has no weights for the 0 and 1 of the'):
        load_victim(small_model(), saved(head))
    model = small_model()
    model[0].checkpoint = model[1].checkpoint = 'of_its_own.pth'
    assert '0.weight' in load_victim(model, saved(head)).missing


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
def test_load_victim_refuses_nan(saved, weights, value):
    bad = OrderedDict((key, tensor.clone()) for key, tensor in weights.items())
    bad['0.weight'][0, 0, 0, 0] = value
    bad['1.running_var'][2] = value
    model = small_model()
    with pytest.raises(ValueError, match='2 tensors.*0.weight, 1.running_var'):
        load_victim(model, saved(bad))
    assert_same(model.state_dict(), weights)


def test_real_detector(shared_data):
    """The victim of the data folder loads without a key left over."""
    from mmengine.config import Config
    from mmengine.registry import MODELS, init_default_scope

    init_default_scope('mmdet')
    config = Config.fromfile(shared_data / 'weights/frcnn_nano_coco.py')
    detector = MODELS.build(config.model)
    path = shared_data / 'weights/frcnn_nano_coco.pth'
    assert load_victim(detector, path) == ([], [])
    weights = load_weights(path)
    assert_same(dict(detector.state_dict()), dict(weights))
    with pytest.raises(ValueError, match='TorchScript'):
        load_weights(shared_data /
                     'weights/imagenet_mobilenet_v2_1.0_224.ts.pt')
