"""The toy images are what the other tests take them for."""
import json

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO

from tests.toys.made_once import toy_images, toy_root
from tests.toys.toy_data import TOY_CLASSES, write_toy_coco


def test_same_seed_same_files(tmp_path):
    for name, seed in (('a', 0), ('b', 0), ('c', 1)):
        write_toy_coco(tmp_path / name, seed=seed)

    def data(name):
        return {p.name: p.read_bytes() for p in (tmp_path / name).rglob('*.*')}

    assert data('a') == data('b')
    assert data('a') != data('c')


def test_sizes_formats_and_kinds():
    truth = COCO(str(toy_root() / 'annotations.json'))
    images = truth.dataset['images']
    assert len({(i['height'], i['width']) for i in images}) >= 4
    assert {i['file_name'][-3:] for i in images} == {'png', 'jpg'}
    objects = [len(truth.getAnnIds(i['id'], iscrowd=0)) for i in images]
    assert objects == [2, 2, 2, 0, 2, 2]
    assert [i['id'] for i in images
            if truth.getAnnIds(i['id'], iscrowd=1)] == [42]
    for image in images:
        picture = cv2.imread(str(toy_root() / 'images' / image['file_name']))
        assert picture.shape == (image['height'], image['width'], 3)


def test_boxes_hold_their_colour():
    images = toy_images()
    for index in range(6):
        sample = images[index]
        objects = sample.target.gt_instances
        for box, label in zip(objects.bboxes.int().tolist(),
                              objects.labels.tolist()):
            x1, y1, x2, y2 = box
            assert 0 <= x1 < x2 <= sample.image.shape[2]
            assert 0 <= y1 < y2 <= sample.image.shape[1]
            inside = sample.image[:, y1 + 2:y2 - 2, x1 + 2:x2 - 2]
            assert TOY_CLASSES[inside.mean((1, 2)).argmax()] == (
                TOY_CLASSES[label])


def test_fewer_images(tmp_path):
    content = json.loads(write_toy_coco(tmp_path, 2).read_text())
    assert len(content['images']) == 2
    assert np.unique([a['image_id']
                      for a in content['annotations']]).tolist() == [5, 11]


@pytest.mark.parametrize('count', [0, 7])
def test_other_numbers(count, tmp_path):
    with pytest.raises(ValueError, match=rf'in \[1, 6\], but got {count}'):
        write_toy_coco(tmp_path, count)
