import pytest
import torch

from mmadvrain.victims.detector_victim import DetectorVictim
from projects.uea.uea.rpn_attention import RPNAttention, attention_map
from tests.toys.made_once import (
    toy_images,
    toy_root,
    trained_detector,
    trained_weights,
)
from tests.toys.toy_detector import toy_config, toy_retinanet

PIPELINE = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(80, 60), keep_ratio=True),
    dict(type='LoadAnnotations', with_bbox=True),
    dict(type='PackDetInputs')
]


def write_config(tmp_path, **changes):
    config = toy_config(toy_root(), **changes)
    config.test_dataloader.dataset.pipeline = PIPELINE
    config.dump(tmp_path / 'toy.py')
    return str(tmp_path / 'toy.py')


def test_map_spans_the_image_whatever_the_pipeline_does(tmp_path):
    attention = RPNAttention(write_config(tmp_path), str(trained_weights()))
    sample = toy_images(PIPELINE)[0]
    victim = DetectorVictim(trained_detector())
    with victim.frozen(), torch.no_grad():
        outputs = victim.forward([sample.image], [sample.target])
        found = outputs.proposals[0]
    scale = sample.target.scale_factor
    assert scale != (1, 1)
    height, width = sample.image.shape[-2:]
    boxes = found.bboxes / torch.tensor(scale).repeat(2)
    boxes *= torch.tensor([24 / width, 16 / height]).repeat(2)
    expected = attention_map(boxes, found.scores, (16, 24))
    got = attention(sample.image, (16, 24))
    # OpenCV's resize rounds to grey levels, ours does not
    assert (got - expected).abs().mean() < 0.02


def test_looks_at_the_objects(tmp_path):
    attention = RPNAttention(write_config(tmp_path), str(trained_weights()))
    sample = toy_images()[0]
    got = attention(sample.image, tuple(sample.image.shape[-2:]))
    inside = torch.zeros_like(got, dtype=torch.bool)
    for x1, y1, x2, y2 in sample.target.gt_instances.bboxes.int().tolist():
        inside[y1:y2, x1:x2] = True
    assert got[inside].mean() > 2 * got[~inside].mean()


def test_wants_an_rpn(tmp_path):
    config = write_config(tmp_path, model=toy_retinanet())
    with pytest.raises(ValueError, match='RPN, but got RetinaNet'):
        RPNAttention(config, str(trained_weights('one_stage')))
