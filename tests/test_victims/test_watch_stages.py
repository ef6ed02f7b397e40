import torch
from torch import nn

from mmadvrain.victims.watch_stages import watch_stages
from tests.toys.made_once import trained_detector


def test_stages_of_a_resnet():
    backbone = trained_detector().backbone
    image = torch.rand(1, 3, 64, 96)
    with watch_stages(backbone, (64, 96)) as stages:
        outs = backbone(image)
    one = backbone.maxpool(backbone.relu(backbone.bn1(backbone.conv1(image))))
    torch.testing.assert_close(stages[4], backbone.layer1(one))
    # out_indices are (1, 2)
    assert torch.equal(stages[8], outs[0])
    assert torch.equal(stages[16], outs[1])


def test_last_step_before_each_pooling_of_a_plain_chain():
    features = nn.Sequential(
        nn.MaxPool2d(4), nn.Conv2d(3, 5, 1), nn.ReLU(inplace=True),
        nn.MaxPool2d(2), nn.Conv2d(5, 7, 1))
    backbone = nn.ModuleDict(dict(features=features))
    backbone.forward = lambda x: features(x)
    image = torch.randn(2, 3, 300, 300)
    with watch_stages(backbone, (300, 300)) as stages:
        out = backbone(image)
    assert stages[4].shape == (2, 5, 75, 75)
    assert torch.equal(stages[4], features[:3](image))
    # 37 of 300 pixels is stride 8.1
    assert stages[8].shape[-1] == 37 and torch.equal(stages[8], out)


def test_leaves_no_hook():
    backbone = trained_detector().backbone
    with watch_stages(backbone, (64, 64)):
        pass
    assert not any(m._forward_hooks for m in backbone.modules())
