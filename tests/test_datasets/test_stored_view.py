"""Other image files under the same annotations and pipeline."""
import cv2
import numpy as np
import torch

from mmadvrain.datasets.native_images import (
    StoredView,
    empty_prediction,
    no_detection,
)
from tests.toys.made_once import toy_images


def test_only_the_picture_is_replaced(tmp_path):
    images = toy_images()
    for name in images.names:
        cv2.imwrite(
            str(tmp_path / f'{name}.png'),
            np.full((64, 96, 3), int(name), np.uint8))
    view = StoredView(images, lambda i: tmp_path / f'{images.names[i]}.png',
                      [3, 0])
    assert len(view) == 2
    for data, index in zip((view[0], view[1]), (3, 0)):
        assert (data['inputs'] == images.keys[index]).all()
        wanted = images.dataset[index]['data_samples']
        sample = data['data_samples']
        assert sample.img_id == images.keys[index]
        assert torch.equal(sample.gt_instances.bboxes.tensor,
                           wanted.gt_instances.bboxes.tensor)
    assert images.dataset.get_data_info(3)['img_path'] == str(images.paths[3])


def test_an_unreadable_picture_is_an_entry(tmp_path):
    (tmp_path / 'x.png').write_bytes(b'no image')
    images = toy_images()
    view = StoredView(images, lambda i: tmp_path / 'xy'[i], [0, 1])
    for position in (0, 1):
        data = view[position]
        assert data['index'] == position and set(data) == {'index', 'error'}
    assert 'FileNotFoundError' in view[1]['error']


def test_a_pipeline_that_gives_nothing_is_an_entry(tmp_path):
    pipeline = [
        dict(type='LoadImageFromFile', ignore_empty=True),
        dict(type='PackDetInputs')
    ]
    images = toy_images(pipeline)
    images.dataset.pipeline.transforms[1].transform = lambda results: None
    view = StoredView(images, lambda i: images.paths[i], [0])
    assert 'returned nothing' in view[0]['error']


def test_empty_prediction_keeps_the_objects():
    images = toy_images()
    sample = empty_prediction(images, 2)
    assert len(sample.pred_instances) == 0
    assert sample.pred_instances.bboxes.shape == (0, 4)
    assert sample.img_id == 42 and sample.ori_shape == (72, 80)
    assert len(sample.gt_instances) == 2
    assert len(sample.ignored_instances) == 1


def test_no_detection_of_some_number():
    found = no_detection(2)
    assert found.bboxes.tolist() == [[0.] * 4] * 2
    assert found.scores.tolist() == [0., 0.]
    assert found.labels.dtype == torch.long
