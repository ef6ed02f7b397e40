import hashlib
import json
import sys
from collections import namedtuple
from importlib.util import find_spec

import pytest

from tests.test_tools.run_tool import load_tool, run_tool
from tests.test_tools.test_misc.loopback_server import serve
from tests.test_tools.test_misc.test_unzip import make_zip

TOOL = 'misc/download_dataset.py'
tool = load_tool(TOOL)
needs_pooch = pytest.mark.skipif(
    find_spec('pooch') is None, reason='pooch is not installed')


@pytest.fixture
def server(tmp_path, monkeypatch):
    (tmp_path / 'server').mkdir()

    def body(name, files):
        return make_zip(tmp_path / 'server' / name, files).read_bytes()

    files = {
        '/images.zip':
        body('images.zip', {'training/image_2/000000.png': b'image' * 2000}),
        '/labels.zip':
        body('labels.zip', {'training/label_2/000000.txt': b'label'}),
        '/val2017.zip':
        body('val2017.zip', {'val2017/000000000139.jpg': b'image'}),
        '/annotations.zip':
        body(
            'annotations.zip', {
                'annotations/instances_val2017.json':
                json.dumps(
                    dict(images=[dict(id=139, file_name='000000000139.jpg')]))
            }),
    }
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    monkeypatch.setattr('time.sleep', lambda _: None)
    with serve(files) as behaviour:
        yield behaviour


@pytest.fixture
def data_set(server, monkeypatch):
    """Let a data set consist of files of the server."""

    def offer(name, *files):
        archives = [archive(server, file) for file in files]
        monkeypatch.setitem(tool.ARCHIVES, name, archives)

    return offer


def archive(server, name, algorithm='sha256'):
    content = server.files[f'/{name}']
    digits = hashlib.new(algorithm, content).hexdigest()
    return tool.Archive(f'{server.url}/{name}', len(content),
                        f'{algorithm}:{digits}')


@needs_pooch
@pytest.mark.parametrize('algorithm', ['md5', 'sha256'])
def test_a_plain_download(server, tmp_path, algorithm):
    path = tool.fetch(archive(server, 'images.zip', algorithm), tmp_path)
    assert path == tmp_path / 'images.zip'
    assert path.read_bytes() == server.files['/images.zip']
    assert server.requests == ['/images.zip']


@needs_pooch
def test_a_file_that_is_there_is_checked_and_kept(server, tmp_path):
    wanted = archive(server, 'images.zip')
    path = tool.fetch(wanted, tmp_path)
    tool.fetch(wanted, tmp_path)
    half = path.read_bytes()[:50]
    path.write_bytes(half)
    with pytest.raises(
            ValueError, match='images.zip: wanted sha256:.* continue its'):
        tool.fetch(wanted, tmp_path)
    assert path.read_bytes() == half
    assert len(server.requests) == 1


@needs_pooch
def test_trouble_that_passes_begins_anew(server, tmp_path):
    server.statuses = [503]
    server.cut_after = [100]
    path = tool.fetch(archive(server, 'images.zip'), tmp_path)
    assert path.read_bytes() == server.files['/images.zip']
    assert len(server.requests) == 3


@needs_pooch
def test_what_fails_leaves_nothing(server, tmp_path):
    wanted = archive(server, 'images.zip')
    out = tmp_path / 'out'
    out.mkdir()
    server.cut_after = [100] * 3
    with pytest.raises((OSError, ValueError)):
        tool.fetch(wanted, out)
    with pytest.raises(ValueError, match='does not match the known hash'):
        tool.fetch(wanted._replace(checksum='md5:00'), out)
    with pytest.raises(OSError, match='404'):
        tool.fetch(wanted._replace(url=f'{server.url}/none.zip'), out)
    assert list(out.iterdir()) == []


@needs_pooch
def test_kitti_and_again(server, data_set, tmp_path):
    data_set('kitti', 'images.zip', 'labels.zip')
    root = tmp_path / 'data'
    tool.prepare_dataset('kitti', root)
    assert (root / 'training/image_2/000000.png').is_file()
    assert (root / 'training/label_2/000000.txt').read_bytes() == b'label'
    tool.prepare_dataset('kitti', root)
    assert server.requests == ['/images.zip', '/labels.zip']


@needs_pooch
def test_deleted_archives_are_not_fetched_again(server, data_set, tmp_path):
    data_set('kitti', 'labels.zip')
    for _ in range(2):
        tool.prepare_dataset('kitti', tmp_path / 'data', delete=True)
        assert not (tmp_path / 'data/labels.zip').exists()
    assert len(server.requests) == 1


@needs_pooch
def test_minival_gets_its_names(data_set, tmp_path):
    data_set('coco-minival2014', 'val2017.zip', 'annotations.zip')
    tool.prepare_dataset('coco-minival2014', tmp_path / 'data')
    image = tmp_path / 'data/minival2014/COCO_val2014_000000000139.jpg'
    assert image.read_bytes() == b'image'


@needs_pooch
def test_only_fetching(data_set, tmp_path):
    data_set('coco-minival2014', 'val2017.zip')
    tool.prepare_dataset('coco-minival2014', tmp_path, unpack=False)
    assert (tmp_path / 'val2017.zip').is_file()
    assert not (tmp_path / 'val2017').exists()


@needs_pooch
def test_from_a_mirror_by_the_command_line(server, tmp_path, monkeypatch):
    elsewhere = archive(server,
                        'images.zip')._replace(url='http://none/images.zip')
    monkeypatch.setitem(tool.ARCHIVES, 'kitti', [elsewhere])
    root = tmp_path / 'data'
    args = ['--dataset-name', 'kitti', '--save-dir', str(root)]
    mirror = ['--mirror', server.url + '/']
    tool.main([*args, '--unzip', '--delete', *mirror])
    assert (root / 'training/image_2/000000.png').is_file()
    assert not (root / 'images.zip').exists()


def test_the_archives_that_are_known():
    assert set(tool.ARCHIVES) == {'coco-val2017', 'coco-minival2014', 'kitti'}
    for archives in tool.ARCHIVES.values():
        for entry in archives:
            assert entry.name.endswith('.zip')
            assert entry.size > 10**6
            name, digits = entry.checksum.split(':')
            assert len(digits) == 2 * hashlib.new(name).digest_size
            int(digits, 16)


@needs_pooch
def test_a_full_disk_is_said_before_the_download(server, tmp_path,
                                                 monkeypatch):
    usage = namedtuple('usage', 'total used free')(10**9, 0, 64 << 20)
    monkeypatch.setattr('shutil.disk_usage', lambda _: usage)
    wanted = archive(server, 'images.zip')
    with pytest.raises(
            OSError, match=f'wanted {wanted.size + (64 << 20):,} bytes free'):
        tool.fetch(wanted, tmp_path)
    assert server.requests == []


def test_pooch_is_asked_for(server, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'pooch', None)
    with pytest.raises(ImportError, match='package pooch.*pip install pooch'):
        tool.fetch(archive(server, 'images.zip'), tmp_path)
    assert server.requests == []


def test_errors_from_the_command_line(tmp_path):
    args = ('--dataset-name', 'kitti', '--save-dir', tmp_path)
    (tmp_path / 'data_object_image_2.zip').write_bytes(b'something else')
    done = run_tool(TOOL, *args)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith('error: ')
    assert 'Traceback' not in done.stderr
    done = run_tool(TOOL, *args, '--delete')
    assert done.returncode == 1
    assert 'got --delete without --unzip' in done.stderr
    with pytest.raises(SystemExit):
        tool.main(['--dataset-name', 'voc', '--save-dir', str(tmp_path)])
