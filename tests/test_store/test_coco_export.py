"""Annotation files that name the stored images."""
import json

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO

from mmadvrain.store.attack_store import AttackStore
from mmadvrain.store.coco_export import write_view_annotations
from mmadvrain.utils.files import write_png
from tests.toys.made_once import toy_images, toy_root
from tests.toys.records import put_record
from tests.toys.toy_data import toy_dataset


@pytest.fixture
def store(tmp_path):
    """All images are stored; the attack on the second failed."""
    store = AttackStore(tmp_path)
    images = toy_images()
    for name, source in zip(images.names, images.paths):
        for path in store.files(name).values():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            if path.suffix == '.png':
                write_png(path, cv2.imread(str(source)))
        record = dict(error='NaN') if name == '000005' else dict(key=name)
        put_record(store, name, record)
    return store


def known():
    return json.loads((toy_root() / 'annotations.json').read_text())


def test_the_data_sets_own_file_with_other_names(store):
    path = write_view_annotations(toy_images(), store, 'random')
    content = json.loads(path.read_text())
    assert path == store.root / 'annotations/random.json'
    assert content['categories'] == known()['categories']
    stored = [i for i in known()['images'] if i['id'] != 5]
    assert [i['id'] for i in content['images']] == [i['id'] for i in stored]
    for image, own in zip(content['images'], stored):
        assert image['file_name'] == f'{own["id"]:06d}.png'
        assert image['height'] == own['height']
    assert content['annotations'] == [
        a for a in known()['annotations'] if a['image_id'] != 5
    ]


def test_sizes_are_those_of_the_stored_images(store):
    """A loader turns an image as its EXIF entry asks; its PNG has none."""
    write_png(store.image('random', '000011'), np.zeros((96, 64, 3), np.uint8))
    path = write_view_annotations(toy_images(), store, 'random')
    first = json.loads(path.read_text())['images'][0]
    assert (first['id'], first['height'], first['width']) == (11, 96, 64)
    assert known()['images'][0]['height'] == 64


def test_only_the_images_of_the_run(store):
    images = toy_images()
    images.keys, images.names = images.keys[:3], images.names[:3]
    path = write_view_annotations(images, store, 'random')
    content = json.loads(path.read_text())
    assert [i['id'] for i in content['images']] == [11, 42]


def test_a_data_set_of_another_form_is_written_anew(store):
    images = toy_images()
    images.dataset.ann_file = 'ImageSets/val.txt'
    path = write_view_annotations(images, store, 'random')
    written, own = COCO(str(path)), COCO(str(toy_root() / 'annotations.json'))
    names = {c['id']: c['name'] for c in own.dataset['categories']}
    assert [c['name'] for c in written.dataset['categories']
            ] == list(toy_dataset(toy_root())['metainfo']['classes'])
    assert sorted(written.getImgIds()) == [2, 7, 11, 30, 42]
    for key in written.getImgIds():
        image, = written.loadImgs(key)
        assert image['file_name'] == f'{key:06d}.png'
        assert image['height'] == own.loadImgs(key)[0]['height']
        mine = written.loadAnns(written.getAnnIds(key, iscrowd=None))
        theirs = own.loadAnns(own.getAnnIds(key, iscrowd=None))
        assert [(tuple(a['bbox']), a['area'], a['iscrowd'],
                 written.cats[a['category_id']]['name'])
                for a in mine] == [(tuple(a['bbox']), a['area'], a['iscrowd'],
                                    names[a['category_id']]) for a in theirs]


def test_regions_of_no_class_are_left_out(store):
    images = toy_images()
    images.dataset.ann_file = ''
    info = images.dataset.get_data_info(0)
    info['instances'].append(
        dict(bbox=[0, 0, 9, 9], bbox_label=-1, ignore_flag=1))
    images.dataset.get_data_info = lambda index: info
    content = json.loads(
        write_view_annotations(images, store, 'random').read_text())
    assert {a['category_id'] for a in content['annotations']} <= {0, 1, 2}
