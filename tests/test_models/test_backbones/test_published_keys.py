"""Renaming and checking of published weights."""
import pytest
import torch
from torch import nn

from mmadvrain.models.backbones.published import (
    adopt_published,
    mobilenet_v1_from_published,
    vgg_fc_from_published,
    vgg_features_from_published,
)


@pytest.mark.parametrize('convert', [
    mobilenet_v1_from_published, vgg_fc_from_published,
    vgg_features_from_published
])
def test_other_layouts_are_left_alone(convert):
    assert convert({'layer1.0.conv1.weight': torch.zeros(64, 64, 1,
                                                         1)}) is None
    assert convert({}) is None


def test_mobilenet_v1_names():
    zero = torch.zeros(1)
    out = mobilenet_v1_from_published({
        'mobilenet_v1.conv_stem.convolution.weight':
        zero,
        'mobilenet_v1.layer.0.normalization.running_mean':
        zero,
        'mobilenet_v1.layer.25.convolution.weight':
        zero,
        'classifier.weight':
        zero,
    })
    assert set(out) == {
        'conv0.conv.weight', 'block1.depthwise.norm.running_mean',
        'block13.pointwise.conv.weight'
    }
    out = mobilenet_v1_from_published({
        'conv_stem.weight': zero,
        'bn1.bias': zero,
        'blocks.0.0.conv_dw.weight': zero,
        'blocks.3.5.bn2.running_var': zero,
        'blocks.4.1.conv_pw.weight': zero,
        'classifier.bias': zero,
    })
    assert set(out) == {
        'conv0.conv.weight', 'conv0.norm.bias', 'block1.depthwise.conv.weight',
        'block11.pointwise.norm.running_var', 'block13.pointwise.conv.weight'
    }


def renamed(state: dict) -> dict:
    return {k.replace('old', 'weight'): v for k, v in state.items()}


def test_adopts_under_a_prefix_and_leaves_the_rest():
    module = nn.Linear(2, 1, bias=False)
    weight, other = torch.ones(1, 2), torch.zeros(3)
    state = {'a.old': weight, 'a.extra': other, 'b.old': other}
    adopt_published(module, state, 'a.', renamed)
    assert set(state) == {'a.weight', 'b.old'}
    assert state['a.weight'] is weight


def test_own_layout_and_nothing_at_all_stay():
    module = nn.Linear(2, 1)
    for state in ({'weight': torch.ones(1, 2)}, {'b.x': torch.ones(1)}):
        before = dict(state)
        adopt_published(module, state, '' if 'weight' in state else 'a.',
                        lambda _: None)
        assert state == before


@pytest.mark.parametrize('state, convert, message', [
    ({
        'x': torch.ones(1)
    }, lambda _: None, "Linear wants 2 weights, .* lacks 2 of them, 'weight' "
     "first; it has 1 entries, 'x' first"),
    ({
        'weight': torch.ones(1, 2)
    }, dict, "lacks 1 of them, 'bias' first"),
    ({
        'weight': torch.ones(1, 3),
        'bias': torch.ones(1)
    }, dict, r"wants 'weight' of shape \(1, 2\), but the checkpoint has shape "
     r'\(1, 3\)'),
])
def test_what_does_not_fit(state, convert, message):
    with pytest.raises(ValueError, match=message):
        adopt_published(nn.Linear(2, 1), state, '', convert)
