import json

import pytest

from tests.test_tools.run_tool import load_tool

tool = load_tool('misc/coco_minival.py')
as_minival2014 = tool.as_minival2014
minival2014_names = tool.minival2014_names
prepare_minival2014 = tool.prepare_minival2014

COCO = dict(
    info=dict(year=2017),
    images=[
        dict(id=139, file_name='000000000139.jpg', height=4),
        dict(id=581781, file_name='000000581781.jpg', height=5)
    ],
    annotations=[dict(id=1, image_id=139)])


def test_names():
    assert minival2014_names(COCO) == {
        'COCO_val2014_000000000139.jpg': '000000000139.jpg',
        'COCO_val2014_000000581781.jpg': '000000581781.jpg'
    }
    with pytest.raises(
            ValueError,
            match='image 5: wanted the val 2017 name '
            "000000000005.jpg, found '5.jpg'"):
        minival2014_names(dict(images=[dict(id=5, file_name='5.jpg')]))


def test_annotations_differ_in_names_only():
    renamed = as_minival2014(COCO)
    assert [image['file_name']
            for image in renamed['images']] == list(minival2014_names(COCO))
    for new, old in zip(renamed['images'], COCO['images']):
        assert dict(new, file_name='') == dict(old, file_name='')
    assert renamed['annotations'] == COCO['annotations']
    assert COCO['images'][0]['file_name'] == '000000000139.jpg'


@pytest.mark.parametrize('links', [True, False])
def test_images_under_both_names(tmp_path, monkeypatch, links):
    if not links:

        def refuse(*args):
            raise OSError('no hard links here')

        monkeypatch.setattr('os.link', refuse)
    (tmp_path / 'annotations').mkdir()
    (tmp_path / 'val2017').mkdir()
    source = tmp_path / 'annotations/instances_val2017.json'
    source.write_text(json.dumps(COCO))
    (tmp_path / 'val2017/000000000139.jpg').write_bytes(b'one')
    with pytest.raises(FileNotFoundError, match='000000581781.jpg'):
        prepare_minival2014(tmp_path)
    (tmp_path / 'val2017/000000581781.jpg').write_bytes(b'two')
    out = prepare_minival2014(tmp_path)
    assert out == tmp_path / 'annotations/instances_minival2014.json'
    assert json.loads(out.read_text()) == as_minival2014(COCO)
    folder = tmp_path / 'minival2014'
    assert {
        file.name: file.read_bytes()
        for file in folder.iterdir()
    } == {
        'COCO_val2014_000000000139.jpg': b'one',
        'COCO_val2014_000000581781.jpg': b'two'
    }
    names = json.loads((tmp_path / 'minival2014_names.json').read_text())
    assert names == minival2014_names(COCO)
    assert prepare_minival2014(tmp_path) == out


def test_names_of_real_images(shared_data):
    path = shared_data / 'coco/annotations/instances_val2017.json'
    names = minival2014_names(json.loads(path.read_text()))
    assert len(names) == 79
    for name, old in names.items():
        assert name == f'COCO_val2014_{old}'
        assert (shared_data / 'coco/val2017' / old).is_file()
