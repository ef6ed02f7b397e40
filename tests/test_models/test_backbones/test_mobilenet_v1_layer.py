"""The last blocks of MobileNetV1 against the whole network."""
import pytest
import torch
from torch import nn

from mmadvrain.models.backbones.mobilenet_v1 import (
    MobileNetV1,
    MobileNetV1Layer,
)
from mmadvrain.registry import MODELS
from tests.test_models.test_backbones.test_mobilenet_v1 import (
    TimmLayout,
    TransformersLayout,
    randomised,
)


def test_registered():
    model = MODELS.build(
        dict(type='mmadvrain.MobileNetV1Layer', widen_factor=0.25))
    assert type(model) is MobileNetV1Layer


def test_backbone_and_head_are_the_whole_network():
    count = [
        sum(p.numel() for p in m.parameters())
        for m in (MobileNetV1(), MobileNetV1Layer(),
                  MobileNetV1(out_indices=(13, )))
    ]
    assert count[0] + count[1] == count[2] == 3206976


@pytest.mark.parametrize('layout, eps', [(TransformersLayout, 1e-3),
                                         (TimmLayout, 1e-5)])
def test_published_weights_equal_literal_network(layout, eps, tmp_path):
    literal = randomised(layout(0.25))
    path = tmp_path / 'pytorch_model.bin'
    torch.save(literal.state_dict(), path)
    init_cfg = dict(type='Pretrained', checkpoint=str(path))
    backbone = MobileNetV1(0.25, norm_eps=eps, init_cfg=init_cfg).eval()
    head = MobileNetV1Layer(
        0.25, stride=2, norm_eps=eps, init_cfg=init_cfg).eval()
    backbone.init_weights()
    head.init_weights()
    x = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(head(backbone(x)[0]), literal(x))


@pytest.mark.parametrize('stride, size', [(1, 7), (2, 4)])
def test_shape(stride, size):
    head = MobileNetV1Layer(0.5, stride=stride)
    assert head(torch.randn(3, 256, 7, 7)).shape == (3, 512, size, size)


@pytest.mark.parametrize('flag', [True, False])
def test_frozen_and_norm_options(flag):
    head = MobileNetV1Layer(
        0.25, frozen=False, norm_eval=flag, norm_frozen=flag)
    assert head.train() is head
    norm = head.block12.depthwise.norm
    head(torch.randn(2, 128, 7, 7)).sum().backward()
    assert norm.training is not flag
    assert (norm.weight.grad is None) is flag
    assert head.block12.depthwise.conv.weight.grad is not None
    frozen = MobileNetV1Layer(0.25, frozen=True, norm_eval=False).train()
    assert not any(p.requires_grad for p in frozen.parameters())
    assert not any(m.training
                   for m in frozen.modules() if isinstance(m, nn.BatchNorm2d))


@pytest.mark.parametrize('kwargs, message', [
    (dict(widen_factor=-1), 'widen_factor must be positive, but got -1'),
    (dict(stride=3), 'stride must be 1 or 2, but got 3'),
    (dict(norm_eps=0), 'norm_eps must be positive, but got 0'),
])
def test_wrong_values(kwargs, message):
    with pytest.raises(ValueError, match=message):
        MobileNetV1Layer(**kwargs)
