"""Semantic and panoptic maps, by hand and beside MMDetection's own steps."""
import cv2
import numpy as np
import torch
from mmdet.datasets.transforms import LoadAnnotations, Pad, Resize
from mmdet.structures import DetDataSample
from mmengine.structures import PixelData
from pycocotools import mask as coco_mask
from torch import nn

from mmadvrain.datasets.native_images import ground_truth
from mmadvrain.functional.resize_pad import ResizePad
from mmadvrain.victims.segment_maps import (
    give_map,
    move_map,
    note_map,
    objects_of,
    pack_map,
    relabel,
    unpack_map,
    wants_map,
)

SIZE = (24, 32)
META = dict(img_shape=(52, 64), ori_shape=SIZE, scale_factor=(2., 2.))


def semantic_target(tmp_path):
    labels = np.full(SIZE, 255, np.uint8)
    labels[4:20, 5:9], labels[:3] = 1, 2
    path = str(tmp_path / 'map.png')
    cv2.imwrite(path, labels)
    target = ground_truth(META, {})
    note_map(target, dict(seg_map_path=path))
    return target, path, labels


def test_a_semantic_map_is_resized_and_padded_as_in_a_pipeline(tmp_path):
    target, path, _ = semantic_target(tmp_path)
    give_map(target, (48, 64), None)
    results = dict(
        img=np.zeros((*SIZE, 3), np.uint8), img_shape=SIZE, seg_map_path=path)
    load = LoadAnnotations(with_bbox=False, with_label=False, with_seg=True)
    pad = Pad(size=(64, 52), pad_val=dict(img=0, seg=255))
    for step in (load, Resize(scale=(64, 48)), pad):
        results = step(results)
    given = target.gt_sem_seg.sem_seg
    assert given.dtype == torch.uint8 and given.shape == (1, 52, 64)
    assert np.array_equal(given[0].numpy(), results['gt_seg_map'])
    assert 'semantic_map' not in target


def test_a_map_speaks_the_detectors_labels(tmp_path):
    target, _, labels = semantic_target(tmp_path)
    target.set_metainfo(dict(img_shape=SIZE))
    give_map(target, SIZE, torch.tensor([9, 4, 7]))
    wanted = np.select([labels == 1, labels == 2], [4, 7], 255)
    assert np.array_equal(target.gt_sem_seg.sem_seg[0].numpy(), wanted)


def test_an_image_without_a_map_has_none(tmp_path):
    target = ground_truth(META, {})
    for info in ({}, dict(seg_map_path=None),
                 dict(seg_map_path=str(tmp_path / 'none.png'))):
        note_map(target, info)
        give_map(target, (48, 64), None)
        move_map(target, ResizePad((1, 1), (0, 0), (2, 2)))
    assert 'gt_sem_seg' not in target and 'semantic_map' not in target


def test_colours_of_a_panoptic_map_are_numbers_of_segments(tmp_path):
    """A thing, stuff and a crowd, whose numbers need all three channels."""
    numbers = dict(thing=70000, stuff=300, crowd=5)
    colours = np.zeros((*SIZE, 3), np.uint8)  # blue, green, red
    colours[2:10, 3:13] = (1, 17, 112)  # 112 + 17 * 256 + 1 * 256 ** 2
    colours[15:] = (0, 1, 44)
    colours[11:13] = (0, 0, 5)
    cv2.imwrite(str(tmp_path / 'pan.png'), colours)
    info = dict(
        seg_map_path=str(tmp_path / 'pan.png'),
        instances=[dict(bbox=[3, 2, 13, 10], bbox_label=1, ignore_flag=0)],
        segments_info=[
            dict(id=numbers['thing'], category=1, is_thing=True),
            dict(id=numbers['stuff'], category=6, is_thing=False),
            dict(id=numbers['crowd'], category=0, is_thing=False)
        ])
    target = ground_truth(META, info)
    note_map(target, info)
    wanted = np.full(SIZE, 255, np.uint8)
    wanted[2:10, 3:13], wanted[15:], wanted[11:13] = 1, 6, 0
    assert np.array_equal(target.semantic_map, wanted)
    mask, = map(coco_mask.decode, target.gt_instances.outlines)
    assert np.array_equal(mask, wanted == 1)


def test_a_map_moves_with_an_image_that_is_shrunk_and_padded(tmp_path):
    target, _, _ = semantic_target(tmp_path)
    move_map(target, ResizePad((12, 16), (5, 6), SIZE))
    wanted = np.full(SIZE, 255, np.uint8)
    # every second row and column, from the first on
    wanted[5 + 2:5 + 10, 6 + 3:6 + 5], wanted[5:7, 6:22] = 1, 2
    assert np.array_equal(target.semantic_map, wanted)


def predicted():
    """Two objects of class 1, one of class 0, stuff of class 3, and void."""
    found = torch.full(SIZE, 4)
    found[:4], found[5:9, 2:8], found[10:12, 2:8] = 3, 1001, 2001
    found[15:20, 20:30] = 3000
    return DetDataSample(pred_panoptic_seg=PixelData(sem_seg=found[None]))


def test_objects_of_a_panoptic_prediction_are_its_things():
    objects = objects_of(predicted(), things=2)
    by_box = {
        tuple(map(int, box)): (int(label), int(mask.sum()))
        for box, label, mask in zip(objects.bboxes, objects.labels,
                                    objects.masks)
    }
    assert by_box == {
        (2, 5, 8, 9): (1, 24),
        (2, 10, 8, 12): (1, 12),
        (20, 15, 30, 20): (0, 50)
    }
    assert objects.scores.tolist() == [1., 1., 1.]
    nothing = objects_of(predicted(), things=0)
    assert len(nothing) == 0 and nothing.bboxes.shape == (0, 4)


def test_predicted_labels_become_the_datas_and_others_void():
    sample = predicted()
    # the data know the detector's classes 1 and 3, as 0 and 1
    relabel(sample, torch.tensor([-1, 0, -1, 1]), void=2)
    found = sample.pred_panoptic_seg.sem_seg[0]
    before = predicted().pred_panoptic_seg.sem_seg[0]
    for old, new in ((1001, 1000), (2001, 2000), (3, 1), (3000, 2), (4, 2)):
        assert (found[before == old] == new).all()


def test_a_prediction_comes_back_from_numbers():
    packed = pack_map(predicted())
    wanted = predicted().pred_panoptic_seg.sem_seg
    assert torch.equal(unpack_map(packed).sem_seg, wanted)


def test_whoever_has_a_semantic_or_panoptic_head_wants_maps():
    model = nn.Module()
    model.roi_head = nn.Module()
    assert not wants_map(model)
    model.roi_head.semantic_head = nn.Linear(1, 1)
    assert wants_map(model)
