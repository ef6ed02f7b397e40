"""Detections against py-faster-rcnn's last step, written out."""
import numpy as np
import pytest
import torch
from mmdet.registry import MODELS
from mmengine.config import ConfigDict
from mmengine.registry import init_default_scope

from tests.test_models.test_two_stage.test_inclusive_bbox_coder import (
    PIXEL,
    STDS,
    literal_decode,
)

# 100x160 pixels enlarged by 1.5 to the network's input
META = dict(
    ori_shape=(100, 160), img_shape=(150, 240), scale_factor=(1.5, ) * 2)
CFG = ConfigDict(
    score_thr=0., nms=dict(type='nms', iou_threshold=0.3), max_per_img=100)


@pytest.fixture(scope='module')
def head():
    init_default_scope('mmdet')
    return MODELS.build(
        dict(
            type='mmadvrain.NativeBBoxHead',
            with_avg_pool=True,
            in_channels=4,
            num_classes=3,
            bbox_coder=dict(
                type='mmadvrain.InclusiveBBoxCoder', target_stds=STDS),
            reg_class_agnostic=False))


def outputs(count=12):
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 120, (count, 2))
    last = np.concatenate([corner, corner + rng.uniform(5, 90, (count, 2))], 1)
    last = last.clip(0, [239, 149, 239, 149])
    return last, rng.normal(0, 2, (count, 4)), rng.normal(0, 1, (count, 12))


def literal(last, logits, offsets):
    """Every class: decode and clip at native size, drop what overlaps."""
    scores = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    found = []
    for label in range(3):
        boxes = literal_decode(last / 1.5, offsets[:, 4 * label:4 * label + 4])
        boxes = boxes.clip(0, [159, 99, 159, 99])
        kept = []
        for i in np.argsort(-scores[:, label]):
            if all(overlap(boxes[i], boxes[j]) <= 0.3 for j in kept):
                kept.append(i)
        found += [(label, scores[i, label], *boxes[i]) for i in kept]
    return np.array(sorted(found, key=lambda row: -row[1]))


def overlap(a, b):
    sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]) + 1
    shared = sides.clip(0).prod()
    return shared / ((a[2:] - a[:2] + 1).prod() +
                     (b[2:] - b[:2] + 1).prod() - shared)


def predict(head, rescale, cfg=CFG):
    last, logits, offsets = outputs()
    rois = np.concatenate([np.zeros((len(last), 1)), last + PIXEL], 1)
    return head._predict_by_feat_single(
        *(torch.from_numpy(a).float() for a in (rois, logits, offsets)),
        dict(META),
        rescale=rescale,
        rcnn_test_cfg=cfg)


def test_equals_the_original(head):
    wanted = literal(*outputs())
    got = predict(head, rescale=True)
    assert 3 < len(wanted) < 36 and len(got.scores) == len(wanted)
    np.testing.assert_array_equal(got.labels, wanted[:, 0])
    np.testing.assert_allclose(got.scores, wanted[:, 1], atol=1e-5)
    np.testing.assert_allclose(got.bboxes, wanted[:, 2:] + PIXEL, atol=1e-3)


def test_in_pixels_of_the_input(head):
    native, scaled = (predict(head, rescale) for rescale in (True, False))
    torch.testing.assert_close(scaled.bboxes, native.bboxes * 1.5)
    torch.testing.assert_close(scaled.scores, native.scores)


def test_all_boxes_of_all_classes(head):
    native, scaled = (
        predict(head, rescale, cfg=None) for rescale in (True, False))
    assert native.bboxes.shape == (12, 12) and native.scores.shape == (12, 4)
    torch.testing.assert_close(scaled.bboxes, native.bboxes * 1.5)


def test_no_region(head):
    found = head._predict_by_feat_single(
        torch.zeros(0, 5), torch.zeros(0, 4), torch.zeros(0, 12), dict(META),
        False, CFG)
    assert found.bboxes.shape == (0, 4)
