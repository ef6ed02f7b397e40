"""The block of MobileNetV1 against plain sums."""
import torch

from mmadvrain.models.backbones.mobilenet_v1 import (
    DepthwiseSeparable,
    conv_norm_relu6,
)


def test_conv_norm_relu6_by_hand():
    layer = conv_norm_relu6(1, 1, kernel_size=1, norm_eps=0.75).eval()
    with torch.no_grad():
        layer.conv.weight.fill_(2.)
        layer.norm.running_mean.fill_(1.)
        layer.norm.running_var.fill_(0.25)
        layer.norm.weight.fill_(3.)
        layer.norm.bias.fill_(-1.)
        x = torch.tensor([0., 1., 2.]).view(1, 1, 1, 3)
        # 3 * (2 x - 1) / sqrt(0.25 + 0.75) - 1 = 6 x - 4, between 0 and 6
        assert layer(x).flatten().tolist() == [0., 2., 6.]


def test_depthwise_mixes_no_channels_and_pointwise_no_places():
    torch.manual_seed(0)
    block = DepthwiseSeparable(3, 5, stride=2).eval()
    x = torch.zeros(1, 3, 8, 8)
    base = block.depthwise(x)
    x[0, 1, 4, 4] = 9.
    changed = (block.depthwise(x) != base).flatten(2).any(2)[0]
    assert changed.tolist()[0::2] == [False, False]
    deep = torch.rand(1, 3, 4, 4)
    base = block.pointwise(deep)
    deep[0, :, 2, 1] += 1.
    places = (block.pointwise(deep) != base).any(1)[0].nonzero().tolist()
    assert places == [[2, 1]]
    assert block(x).shape == (1, 5, 4, 4)


def test_same_size_for_odd_and_even_inputs():
    block = DepthwiseSeparable(2, 2, stride=2)
    sizes = [block(torch.rand(2, 2, n, n)).shape[-1] for n in (7, 8, 9)]
    assert sizes == [4, 4, 5]
