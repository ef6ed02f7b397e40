"""Rows of classes that a detector takes of a checkpoint for others."""
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from mmadvrain.engine.hooks.map_classes_hook import MapClassesHook
from mmadvrain.registry import HOOKS

CLASSES = ('person', 'bicycle', 'car', 'dog')
WANTED = dict(Car='car', Pedestrian='person', Cyclist=None)


def detector(classes):
    model = nn.Module()
    model.roi_head = nn.Module()
    model.roi_head.bbox_head = nn.Module()
    model.roi_head.bbox_head.fc_cls = nn.Linear(5, classes + 1)
    model.roi_head.bbox_head.fc_reg = nn.Linear(5, 4 * classes)
    return model


def checkpoint(**meta):
    meta = meta or dict(dataset_meta=dict(classes=CLASSES))
    return dict(meta=meta, state_dict=detector(len(CLASSES)).state_dict())


def run(model, source, **classes):
    HOOKS.build(
        dict(type='mmadvrain.MapClassesHook', classes=classes
             or WANTED)).after_load_checkpoint(
                 SimpleNamespace(model=model), source)


@pytest.mark.parametrize('kind', ['weight', 'bias'])
@pytest.mark.parametrize('meta', [{}, dict(CLASSES=CLASSES)])
def test_rows_by_name(kind, meta):
    model, source = detector(3), checkpoint(**meta)
    before, own = dict(source['state_dict']), model.state_dict()
    run(model, source)
    model.load_state_dict(source['state_dict'])
    name = f'roi_head.bbox_head.fc_cls.{kind}'
    got, old = source['state_dict'][name], before[name]
    assert torch.equal(got[[0, 1, 3]], old[[2, 0, 4]])
    assert torch.equal(got[2], own[name][2])
    name = f'roi_head.bbox_head.fc_reg.{kind}'
    got, old = source['state_dict'][name], before[name]
    assert torch.equal(got[:8], torch.cat([old[8:12], old[:4]]))
    assert torch.equal(got[8:], own[name][8:])


def test_a_checkpoint_of_the_same_classes_stays_as_it_is():
    model = detector(3)
    source = dict(state_dict=detector(3).state_dict())  # as on resuming
    before = {k: v.clone() for k, v in source['state_dict'].items()}
    run(model, source)
    for name, value in before.items():
        assert torch.equal(source['state_dict'][name], value)


def test_wrong_input():
    with pytest.raises(ValueError, match='`classes` must name those .* empty'):
        MapClassesHook({})
    with pytest.raises(ValueError, match=r"the 3 classes .* got \['Car'\]"):
        run(detector(3), checkpoint(), Car='car')
    with pytest.raises(ValueError, match=r"\['van'\] in the .* names \['per"):
        run(detector(1), checkpoint(), Car='van')
    with pytest.raises(ValueError, match=r"\['car', 'person'\].*names none"):
        run(detector(3), checkpoint(epoch=1))
