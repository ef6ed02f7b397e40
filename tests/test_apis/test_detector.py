"""What a detector sees, as objects of a data set."""
import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData
from pycocotools import mask as coco_mask

from mmadvrain.apis.attack import prepare_config
from mmadvrain.apis.detector import Detector, certain_objects, class_names
from tests.toys.made_once import toy_root, trained_weights
from tests.toys.toy_classes import toy_class_config, write_toy_classes
from tests.toys.toy_detector import toy_config


def test_only_what_is_certain_counts_and_masks_come_along():
    masks = torch.zeros(2, 4, 5, dtype=torch.bool)
    masks[1, 1:3, 2:] = True
    seen = DetDataSample()
    seen.pred_instances = InstanceData(
        bboxes=torch.tensor([[0., 0, 1, 1], [2, 1, 5, 3]]),
        labels=torch.tensor([0, 3]),
        scores=torch.tensor([.29, .3]),
        masks=masks)
    entry, = certain_objects(seen, 0.3 - 1e-6)
    assert entry['bbox'] == [2, 1, 5, 3] and entry['bbox_label'] == 3
    np.testing.assert_array_equal(
        coco_mask.decode(entry['mask']), masks[1].numpy())


def test_it_speaks_the_labels_of_the_data():
    config = prepare_config(
        toy_config(toy_root(), load_from=str(trained_weights())))
    path = sorted(toy_root().rglob('*.png'))[0]
    names = class_names(config)
    plain = Detector(config)
    weights = toy_root() / 'named.pth'
    torch.save(
        dict(
            state_dict=plain.victim.model.state_dict(),
            meta=dict(dataset_meta=dict(classes=tuple(names)))), weights)
    config.test_dataloader.dataset.metainfo.classes = names[::-1]
    turned = Detector(config, str(weights))
    first, second = (d.detect(path).pred_instances for d in (plain, turned))
    assert len(first) and turned.classes == names[::-1]
    assert [names[label] for label in first.labels
            ] == [names[::-1][label] for label in second.labels]


def test_only_detectors_with_classes_can_be_asked(tmp_path):
    write_toy_classes(tmp_path)
    with pytest.raises(ValueError, match='wanted a detector.*ClassifierVict'):
        Detector(toy_class_config(tmp_path))
    config = prepare_config(toy_config(toy_root()))
    config.test_dataloader.dataset.pop('metainfo')
    config.test_dataloader.dataset.type = 'mmengine.BaseDataset'
    with pytest.raises(ValueError, match='names no classes: set'):
        class_names(config)
