"""Masks follow an image as MMDetection's own pipeline moves them."""
import numpy as np
from mmdet.datasets.transforms import LoadAnnotations, Pad, Resize
from mmengine.structures import InstanceData
from pycocotools import mask as coco_mask
from torch import nn

from mmadvrain.datasets.native_images import ground_truth
from mmadvrain.functional.resize_pad import ResizePad
from mmadvrain.victims.instance_masks import (
    encode_mask,
    give_masks,
    move_outlines,
    note_outlines,
    wants_masks,
)

SIZE = (30, 40)


def bitmap(top, left, bottom, right):
    mask = np.zeros(SIZE, np.uint8)
    mask[top:bottom, left:right] = 1
    return mask


def uncompressed(mask):
    """RLE of plain counts, as COCO has it for crowds."""
    flat = np.flatnonzero(np.diff(mask.ravel(order='F'), prepend=0, append=0))
    counts = np.diff([0, *flat, mask.size]).tolist()
    return dict(size=list(SIZE), counts=counts)


def info(*masks, ignored=()):
    return dict(
        img_path='',
        height=SIZE[0],
        width=SIZE[1],
        instances=[
            dict(
                bbox=[0, 0, 9, 9],
                bbox_label=0,
                mask=mask,
                ignore_flag=int(i in ignored)) for i, mask in enumerate(masks)
        ])


POLYGON = [[4., 3., 30., 5., 22., 25.]]
RLE = encode_mask(bitmap(5, 10, 20, 31))
COUNTS = uncompressed(bitmap(2, 0, 12, 7))


def target_of(data, img_shape, scale):
    target = ground_truth(
        dict(img_shape=img_shape, ori_shape=SIZE, scale_factor=scale), data)
    note_outlines(target, data)
    return target


def test_polygons_and_run_lengths_are_resized_and_padded_as_in_a_pipeline():
    data = info(POLYGON, RLE, COUNTS)
    target = target_of(data, (64, 80), (2., 2.))
    give_masks(target, SIZE, (60, 80))
    results = dict(
        data, img=np.zeros((*SIZE, 3), np.uint8), img_shape=SIZE,
        ori_shape=SIZE)
    for step in (LoadAnnotations(with_mask=True, poly2mask=True),
                 Resize(scale=(80, 60)), Pad(size=(80, 64))):
        results = step(results)
    masks = target.gt_instances.masks
    assert np.array_equal(masks.masks, results['gt_masks'].masks)
    assert masks.masks[1].sum() == 4 * 15 * 21
    assert 'outlines' not in target.gt_instances


def test_regions_that_do_not_count_keep_their_masks_apart():
    target = target_of(info(POLYGON, COUNTS, RLE, ignored=(1, )), SIZE, (1, 1))
    give_masks(target, SIZE, SIZE)
    assert len(target.gt_instances.masks) == 2
    assert target.ignored_instances.masks.masks[0].sum() == 70


def test_one_object_without_a_mask_leaves_the_image_without():
    target = target_of(info(POLYGON, None), SIZE, (1, 1))
    give_masks(target, SIZE, SIZE)
    assert 'masks' not in target.gt_instances


def test_masks_move_with_an_image_that_is_shrunk_and_padded():
    objects = InstanceData(outlines=[encode_mask(bitmap(10, 20, 20, 40))])
    place = ResizePad(resized_hw=(15, 20), canvas_hw=(30, 40), offset=(3, 7))
    move_outlines(objects, place, SIZE)
    wanted = bitmap(3 + 5, 7 + 10, 3 + 10, 7 + 20)
    assert np.array_equal(coco_mask.decode(objects.outlines[0]), wanted)


def test_whoever_has_a_mask_head_wants_masks():
    model = nn.Module()
    model.roi_head = nn.Module()
    assert not wants_masks(model)
    model.roi_head.mask_head = nn.Linear(1, 1)
    assert wants_masks(model)


def test_an_encoded_mask_is_text_that_coco_reads():
    mask = bitmap(1, 2, 9, 30)
    encoded = encode_mask(mask)
    assert isinstance(encoded['counts'], str)
    assert np.array_equal(coco_mask.decode(encoded), mask)
