import hashlib
import json

import pytest

from mmadvrain.datasets.archives import ARCHIVES, Archive, prepare_dataset
from tests.test_utils.loopback_server import serve
from tests.test_utils.test_extract import make_zip


@pytest.fixture
def server(tmp_path):
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
    with serve(files) as behaviour:
        yield behaviour


def archive(server, name):
    content = server.files[f'/{name}']
    return Archive(f'{server.url}/{name}', len(content),
                   f'md5:{hashlib.md5(content).hexdigest()}')


def prepare(server, name, folder, *names, **kwargs):
    return prepare_dataset(
        name,
        folder,
        archives={name: [archive(server, part) for part in names]},
        wait_s=0,
        **kwargs)


def test_kitti_through_an_interruption(server, tmp_path):
    server.cut_after = [100]
    root = tmp_path / 'data'
    paths = prepare(server, 'kitti', root, 'images.zip', 'labels.zip')
    assert [path.name for path in paths] == ['images.zip', 'labels.zip']
    assert (root / 'training/image_2/000000.png').is_file()
    assert (root / 'training/label_2/000000.txt').read_bytes() == b'label'
    assert server.requests[1][:2] == ('/images.zip', 'bytes=100-')
    # again: nothing is fetched
    before = len(server.requests)
    prepare(server, 'kitti', root, 'images.zip', 'labels.zip')
    assert len(server.requests) == before


def test_deleted_archives_are_not_fetched_again(server, tmp_path):
    prepare(server, 'kitti', tmp_path / 'data', 'labels.zip', delete=True)
    assert not (tmp_path / 'data/labels.zip').exists()
    prepare(server, 'kitti', tmp_path / 'data', 'labels.zip', delete=True)
    assert len(server.requests) == 1


def test_minival_gets_its_names(server, tmp_path):
    prepare(server, 'coco-minival2014', tmp_path / 'data', 'val2017.zip',
            'annotations.zip')
    image = tmp_path / 'data/minival2014/COCO_val2014_000000000139.jpg'
    assert image.read_bytes() == b'image'


def test_only_fetching(server, tmp_path):
    prepare(server, 'coco-minival2014', tmp_path, 'val2017.zip', unpack=False)
    assert (tmp_path / 'val2017.zip').is_file()
    assert not (tmp_path / 'val2017').exists()


def test_a_mirror_must_have_the_same_file(server, tmp_path):
    server.files['/mirror/data_object_image_2.zip'] = b'something else'
    with pytest.raises(
            ValueError, match='wanted 12,569,945,557 bytes, the '
            'server has 14'):
        prepare_dataset(
            'kitti', tmp_path, mirror=f'{server.url}/mirror/', wait_s=0)


def test_the_archives_that_are_known():
    assert set(ARCHIVES) == {'coco-val2017', 'coco-minival2014', 'kitti'}
    for archives in ARCHIVES.values():
        for entry in archives:
            assert entry.name.endswith('.zip')
            assert entry.size > 10**6
            name, digits = entry.checksum.split(':')
            assert len(digits) == 2 * hashlib.new(name).digest_size
            int(digits, 16)


def test_errors(tmp_path):
    with pytest.raises(ValueError, match="among coco-val2017, .* got 'voc'"):
        prepare_dataset('voc', tmp_path)
    with pytest.raises(ValueError, match='got delete without unpack'):
        prepare_dataset('kitti', tmp_path, unpack=False, delete=True)
