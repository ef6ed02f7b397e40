import pytest
import torch

from mmadvrain.registry import DATASETS
from tests.toys.made_once import toy_images, toy_root
from tests.toys.toy_detector import toy_config

PIPELINE = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(80, 60), keep_ratio=True),
    dict(type='PackDetInputs')
]


@pytest.fixture
def config(tmp_path):
    content = toy_config(toy_root())
    content.test_dataloader.dataset.pipeline = PIPELINE
    content.test_dataloader.dataset.ann_file = 'other.json'
    content.dump(tmp_path / 'toy.py')
    return str(tmp_path / 'toy.py')


def build(config, **kwargs):
    return DATASETS.build(
        dict(
            type='mmadvrain.NativeDataset',
            config=config,
            dataset=dict(ann_file='annotations.json'),
            **kwargs))


def test_native_image_with_objects_as_the_detector_sees_them(config):
    dataset, images = build(config), toy_images(PIPELINE)
    # the fourth image has no objects
    assert len(dataset) == 5
    for index, other in enumerate([0, 1, 2, 4, 5]):
        item, expected = dataset[index], images[other]
        assert torch.equal(item['inputs'], expected.image)
        target = item['data_samples']
        assert target.img_shape == expected.target.img_shape
        assert torch.equal(target.gt_instances.bboxes,
                           expected.target.gt_instances.bboxes)


def test_all_images(config):
    assert len(build(config, with_objects=False)) == 6


def test_unreadable_image_is_named(config, tmp_path):
    dataset = build(config)
    dataset.images.paths[0] = tmp_path / 'gone.png'
    dataset.images.dataset.pipeline.transforms[0] = lambda info: None
    with pytest.raises(ValueError, match='gone.png.*returned nothing'):
        dataset[0]
