"""The data set that makes itself."""
import json

import numpy as np
import pytest
import torch
from mmdet.registry import DATASETS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from projects.street_scenes.street_scenes import StreetScenesDataset
from projects.street_scenes.street_scenes.layout import CATEGORIES

BASE = 'projects/street_scenes/configs/_base_/dataset.py'


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    return tmp_path_factory.mktemp('street_scenes')


def build(root, **kwargs):
    init_default_scope('mmdet')
    cfg = Config.fromfile(BASE).val_dataloader.dataset
    cfg.update(data_root=f'{root}/', num_images=3, **kwargs)
    return DATASETS.build(cfg)


def test_makes_itself_and_goes_through_mmdets_pipeline(root):
    dataset = build(root)
    assert isinstance(dataset, StreetScenesDataset)
    assert len(dataset) == 3
    assert dataset.metainfo['classes'] == CATEGORIES
    coco = json.loads((root / 'annotations/val.json').read_text())
    for index in range(3):
        data = dataset[index]
        assert data['inputs'].shape == (3, 256, 416)
        assert data['inputs'].dtype == torch.uint8
        sample = data['data_samples']
        assert sample.img_id == index
        anns = [a for a in coco['annotations'] if a['image_id'] == index]
        for instances, crowd in ((sample.gt_instances, 0),
                                 (sample.ignored_instances, 1)):
            wanted = [a for a in anns if a['iscrowd'] == crowd]
            boxes = np.array([a['bbox'] for a in wanted]).reshape(-1, 4)
            boxes[:, 2:] += boxes[:, :2]
            np.testing.assert_allclose(
                instances.bboxes.tensor.numpy(), boxes, atol=1e-3)
            assert instances.labels.tolist() == [
                a['category_id'] - 1 for a in wanted
            ]


def test_second_time_is_found_there(root):
    build(root)
    images = root / 'images/val'
    before = {path: path.stat().st_mtime_ns for path in images.iterdir()}
    build(root)
    assert before == {p: p.stat().st_mtime_ns for p in images.iterdir()}


def test_training_pipeline_flips_boxes_with_the_image(root):
    dataset = build(
        root,
        test_mode=False,
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='LoadAnnotations', with_bbox=True),
            dict(type='RandomFlip', prob=1.0),
            dict(type='PackDetInputs', meta_keys=('img_id', ))
        ])
    plain = build(root)
    for index in range(len(dataset)):
        flipped = dataset[index]
        original = plain[flipped['data_samples'].img_id]
        torch.testing.assert_close(flipped['inputs'],
                                   original['inputs'].flip(-1))
        boxes = original['data_samples'].gt_instances.bboxes.tensor
        wanted = torch.stack(
            [416 - boxes[:, 2], boxes[:, 1], 416 - boxes[:, 0], boxes[:, 3]],
            1)
        torch.testing.assert_close(
            flipped['data_samples'].gt_instances.bboxes.tensor, wanted)


def test_annotation_file_of_a_part(root):
    build(root)
    coco = json.loads((root / 'annotations/val.json').read_text())
    coco['images'] = coco['images'][1:2]
    coco['annotations'] = [
        a for a in coco['annotations'] if a['image_id'] == 1
    ]
    (root / 'part.json').write_text(json.dumps(coco))
    dataset = build(root, ann_file='part.json')
    assert [info['img_id']
            for info in map(dataset.get_data_info, range(1))] == [1]
    assert len(dataset) == 1


def test_splits_of_the_configs_have_seeds_of_their_own():
    base = Config.fromfile(BASE)
    data = [base.train_dataloader.dataset, base.val_dataloader.dataset]
    assert [d.split for d in data] == ['train', 'val']
    assert len({2, *(d.seed for d in data)}) == 3  # 2 is that of demo/


@pytest.mark.parametrize('wrong, message', [
    (dict(num_images=0), 'num_images must be an integer of at least 1'),
    (dict(seed=-1), 'seed must be an integer of at least 0'),
    (dict(split='../val'), 'split must be a name'),
])
def test_unusable_arguments(wrong, message, tmp_path):
    arguments = dict(split='val', num_images=1, seed=0)
    with pytest.raises(ValueError, match=message):
        StreetScenesDataset(**{**arguments, **wrong}, data_root=str(tmp_path))
