"""Our tf-c4 detectors beside the network code that they are to equal.

Wants the folder ``lib`` of an untouched checkout of the branch 0.4 of
ruotianluo/pytorch-faster-rcnn in ``MMADVRAIN_FASTER_RCNN``, and torchvision.
Weights are random, and random networks enlarge a rounding of the input some
thousandfold. So both compute in double precision, on the original's input, and
scores are spread, so that rounding does not choose among regions.
"""
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import init_default_scope

from mmadvrain.victims.build import build_victim_model
from tests.test_models.test_two_stage.run_original import (
    NUM_REGIONS,
    SHORT_SIDE,
)
from tests.test_tools.run_tool import ROOT, run_tool

LIB = os.environ.get('MMADVRAIN_FASTER_RCNN', '')
NETS = dict(
    vgg16='vgg16_tf-c4_490k',
    mobile='mobilenet-v1_tf-c4_1190k',
    res50='r50_tf-c4_1190k',
    res101='r101_tf-c4_1190k',
    res152='r152-caffe_tf-c4_1190k')
PIXEL = torch.tensor([0., 0., 1., 1.])

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not LIB, reason='MMADVRAIN_FASTER_RCNN does not name its lib folder')
]


@pytest.fixture(scope='module')
def image(tmp_path_factory):
    """An image of 220x165, which is enlarged twice."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (12, 16, 3)).astype(np.uint8)
    levels = cv2.resize(coarse, (220, 165), interpolation=cv2.INTER_CUBIC)
    levels = (levels + rng.normal(0, 8, levels.shape)).clip(0, 255)
    path = tmp_path_factory.mktemp('image') / 'image.png'
    cv2.imwrite(str(path), levels.astype(np.uint8))
    return path


@pytest.fixture(scope='module', params=NETS)
def pair(request, image, tmp_path_factory):
    """What the original computes, and our detector with its weights."""
    pytest.importorskip('torchvision')
    folder = tmp_path_factory.mktemp(request.param)
    files = [folder / name for name in ('net.pth', 'results.pt', 'ours.pth')]
    done = subprocess.run([
        sys.executable,
        str(Path(__file__).with_name('run_original.py')), LIB, request.param,
        str(image), *map(str, files[:2])
    ],
                          capture_output=True,
                          text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    path = f'configs/detectors/faster-rcnn_{NETS[request.param]}_coco.py'
    done = run_tool('model_converters/tf_faster_rcnn.py', ROOT / path,
                    files[0], files[2])
    assert done.returncode == 0, done.stderr
    config = Config.fromfile(ROOT / path)
    model = build_victim_model(config, str(files[2]), device='cpu')
    wanted = torch.load(files[1], weights_only=True)
    for file in files:
        file.unlink()
    return wanted, in_double(model), load(config, image)


def load(config, image):
    """The image as the config's own test pipeline loads it."""
    init_default_scope('mmdet')
    steps = config.test_dataloader.dataset.pipeline
    resize, = (step for step in steps if step.type == 'Resize')
    resize.scale = (1000, SHORT_SIDE)
    pipeline = Compose(
        [step for step in steps if step.type != 'LoadAnnotations'])
    return pseudo_collate([pipeline(dict(img_path=str(image), img_id=0))])


def in_double(model):
    """Compute in double, and post-process in single, as MMCV's NMS has to."""

    def single(layer, inputs, outputs):
        return tuple([o.float()
                      for o in out] if isinstance(out, list) else out.float()
                     for out in outputs)

    for head in (model.rpn_head, model.roi_head.bbox_head):
        head.register_forward_hook(single)
    return model.double()


def close(got, wanted):
    """Equal to 1e-5 of the largest value."""
    assert got.shape == wanted.shape and wanted.std() > 0
    error = float((got - wanted).abs().max() / wanted.abs().max())
    assert error < 1e-5, error


def network_input(model, blob):
    """The original's input, in the order and units of our detector's."""
    prepare = model.data_preprocessor
    blob = blob.permute(0, 3, 1, 2).double()
    if prepare._channel_conversion:
        blob = blob.flip(1)
    return blob / prepare.std


def matched(got, wanted):
    """Order of one set of rows in which they are nearest to those of another.

    Rows of almost equal scores may stand in another order.
    """
    order = torch.cdist(wanted.double(), got.double()).argmin(1)
    assert len(order.unique()) == len(wanted) == len(got)
    return got[order]


@torch.no_grad()
def test_equals_original(pair):
    wanted, model, loaded = pair
    data = model.data_preprocessor(loaded, False)
    inputs = network_input(model, wanted['input'])
    close(data['inputs'].double(), inputs)

    features = model.extract_feat(inputs)
    close(features[0], wanted['features'])

    maps = model.rpn_head(features)
    logits, offsets = (out[0].permute(0, 2, 3, 1) for out in maps)
    scores = logits.unflatten(-1, (12, 2)).softmax(-1)
    close(scores[..., 0], wanted['rpn_cls_prob'][..., 12:])
    close(scores[..., 1], wanted['rpn_cls_prob'][..., :12])
    close(offsets, wanted['rpn_bbox_pred'])

    metas = [sample.metainfo for sample in data['data_samples']]
    model.test_cfg.rpn.max_per_img = NUM_REGIONS
    regions = model.rpn_head.predict_by_feat(
        *maps, batch_img_metas=metas, cfg=model.test_cfg.rpn)[0]
    rois = wanted['rois'][:, 1:].float() + PIXEL
    assert len(rois) == NUM_REGIONS
    torch.testing.assert_close(
        matched(regions.bboxes, rois), rois, atol=1e-3, rtol=0)

    rois = torch.cat([torch.zeros(len(rois), 1), rois], 1)
    out = model.roi_head._bbox_forward(features, rois)
    close(out['cls_score'].roll(1, 1), wanted['cls_score'])
    stds = torch.tensor([0.1, 0.1, 0.2, 0.2]).repeat(80)
    close(out['bbox_pred'] * stds, wanted['bbox_pred'][:, 4:])

    found = model.roi_head.bbox_head.predict_by_feat(
        (rois, ), (out['cls_score'], ), (out['bbox_pred'], ),
        metas,
        rcnn_test_cfg=model.test_cfg.rcnn,
        rescale=True)[0]
    seen = wanted['detections']
    seen[:, 1:5] += PIXEL
    # the original leaves a first corner beyond the last pixel, where its box
    # is none; ours keeps that pixel
    height, width = metas[0]['ori_shape']
    seen[:, 1:3] = seen[:, 1:3].minimum(torch.tensor([width, height]) - 1)
    assert len(seen) == 100
    # classes of one region differ by their number
    found = torch.cat(
        [found.labels[:, None], found.bboxes, found.scores[:, None]], 1)
    torch.testing.assert_close(matched(found, seen), seen, atol=1e-3, rtol=0)
