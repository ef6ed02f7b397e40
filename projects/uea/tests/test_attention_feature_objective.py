import cv2
import numpy as np
import pytest
import torch

from mmadvrain.victims.detector_victim import DetectorVictim
from projects.uea.uea import AttentionFeatureObjective
from projects.uea.uea.rpn_attention import attention_map
from tests.toys.made_once import toy_images, trained_detector


@pytest.fixture(scope='module')
def victim():
    return DetectorVictim(trained_detector())


def forward(victim, image, target):
    with victim.frozen():
        return victim.forward([image], [target])


def stages(victim, inputs):
    """Stride 4 and 8 of the toy's ResNet, by hand."""
    backbone = victim.model.backbone
    four = backbone.layer1(
        backbone.maxpool(
            backbone.relu(backbone.norm1(backbone.conv1(inputs)))))
    return four, backbone.layer2(four)


def test_equals_the_literal_sum(victim, tmp_path):
    sample = toy_images()[0]
    height, width = sample.image.shape[-2:]
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / 'target.png'), picture)
    objective = AttentionFeatureObjective(
        str(tmp_path / 'target.png'), weights=(0.3, 0.02))
    noisy = (sample.image + 0.1 * torch.rand_like(sample.image)).clamp(0, 1)
    clean = forward(victim, sample.image, sample.target)
    with torch.no_grad():
        state = objective.prepare(clean, [torch.Generator()])
        outputs = forward(victim, noisy, sample.target)
        value = objective.loss(outputs, state)
        wanted = stages(
            victim,
            victim.model.data_preprocessor(
                dict(
                    inputs=[torch.from_numpy(picture).permute(2, 0, 1)],
                    data_samples=None), False)['inputs'])
        expected = 0.
        for weight, stride, mine, other in zip((0.3, 0.02), (4, 8),
                                               stages(victim, outputs.inputs),
                                               wanted):
            mask = attention_map(clean.proposals[0].bboxes / stride,
                                 clean.proposals[0].scores,
                                 (height // stride, width // stride))
            assert mask.max() == 1
            for channel in range(mine.shape[1]):
                apart = mine[0, channel] - other[0, channel]
                expected += weight * float(((apart * mask)**2).sum())
    assert float(value) == pytest.approx(expected, rel=1e-4)


def test_target_is_reached_by_the_target(victim, tmp_path):
    sample = toy_images()[0]
    picture = (sample.image.permute(1, 2, 0).flip(2) * 255).round()
    cv2.imwrite(str(tmp_path / 'target.png'), picture.numpy().astype(np.uint8))
    objective = AttentionFeatureObjective(str(tmp_path / 'target.png'))
    with torch.no_grad():
        outputs = forward(victim, sample.image, sample.target)
        state = objective.prepare(outputs, [torch.Generator()])
        assert float(objective.loss(outputs, state)) < 1e-6


def test_descending_lowers_it(victim):
    sample = toy_images()[0]
    objective = AttentionFeatureObjective()
    with torch.no_grad():
        state = objective.prepare(
            forward(victim, sample.image, sample.target), [torch.Generator()])
    image = sample.image.clone().requires_grad_()
    before = objective.loss(forward(victim, image, sample.target), state)
    grad, = torch.autograd.grad(before.sum(), image)
    after = objective.loss(
        forward(victim, image - 0.02 * grad.sign(), sample.target), state)
    assert float(after) < float(before)


def test_errors(victim, tmp_path):
    with pytest.raises(FileNotFoundError, match='none.jpg'):
        AttentionFeatureObjective(str(tmp_path / 'none.jpg'))
    (tmp_path / 'text.jpg').write_text('text')
    with pytest.raises(ValueError, match='must be an image'):
        AttentionFeatureObjective(str(tmp_path / 'text.jpg'))
    with pytest.raises(ValueError, match='one entry a stride'):
        AttentionFeatureObjective(weights=(1., ))
    sample = toy_images()[0]
    outputs = forward(victim, sample.image, sample.target)
    with pytest.raises(ValueError, match=r'strides` \[64\].*ResNet has \['):
        AttentionFeatureObjective(strides=(4, 64)).prepare(
            outputs, [torch.Generator()])
    one_stage = DetectorVictim(trained_detector('one_stage'))
    outputs = forward(one_stage, sample.image, sample.target)
    with pytest.raises(ValueError, match='AttentionFeatureObjective wants'):
        AttentionFeatureObjective().prepare(outputs, [torch.Generator()])
