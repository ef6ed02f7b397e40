"""VGG against a literal network and the published file layouts."""
import pytest
import torch
from torch import nn

from mmadvrain.models.backbones.vgg import VGG
from mmadvrain.registry import MODELS

WIDTHS = {
    11: ((64, ), (128, ), (256, 256), (512, 512), (512, 512)),
    16:
    ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512)),
}


def literal_vgg(depth: int, with_bn: bool = False) -> nn.Sequential:
    """torchvision's ``features``, with all five poolings."""
    layers = []
    channels = 3
    for stage in WIDTHS[depth]:
        for width in stage:
            layers += [nn.Conv2d(channels, width, 3, 1, 1)]
            layers += [nn.BatchNorm2d(width)] if with_bn else []
            layers += [nn.ReLU()]
            channels = width
        layers += [nn.MaxPool2d(2, 2)]
    return nn.Sequential(*layers)


def published(features: nn.Sequential, first_fc: int = 0) -> dict:
    """State dict of a classifier, its fully connected layers cut down."""
    state = {f'features.{k}': v for k, v in features.state_dict().items()}
    for i in (first_fc, first_fc + 3, 6):
        state[f'classifier.{i}.weight'] = torch.randn(4, 4)
        state[f'classifier.{i}.bias'] = torch.randn(4)
    return state


def parameter_count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def test_registered():
    model = MODELS.build(dict(type='mmadvrain.VGG', depth=11))
    assert type(model) is VGG


# counts of the convolutions of torchvision's models
@pytest.mark.parametrize('depth, count', [(11, 9220480), (13, 9404992),
                                          (16, 14714688), (19, 20024384)])
def test_parameter_count(depth, count):
    with torch.device('meta'):
        assert parameter_count(VGG(depth)) == count


def test_parameter_count_with_bn():
    with torch.device('meta'):
        model = VGG(16, with_bn=True)
    assert parameter_count(model) == 14714688 + 2 * 4224


def test_shapes_and_strides():
    outs = VGG(11, out_indices=(0, 1, 2, 3, 4))(torch.randn(2, 3, 64, 80))
    assert [tuple(o.shape)
            for o in outs] == [(2, 64, 64, 80), (2, 128, 32, 40),
                               (2, 256, 16, 20), (2, 512, 8, 10),
                               (2, 512, 4, 5)]


def test_builds_nothing_above_the_last_output():
    model = VGG(16, out_indices=(1, ))
    assert parameter_count(model) == 260160
    assert [tuple(o.shape)
            for o in model(torch.randn(1, 3, 8, 8))] == [(1, 128, 4, 4)]


@pytest.mark.parametrize('first_fc', [0, 1])
def test_published_weights_equal_literal_network(first_fc, tmp_path):
    torch.manual_seed(0)
    literal = literal_vgg(16)
    path = tmp_path / 'vgg16.pth'
    torch.save(published(literal, first_fc), path)
    model = VGG(
        16,
        out_indices=(2, 4),
        init_cfg=dict(type='Pretrained', checkpoint=str(path)))
    model.init_weights()
    x = torch.randn(1, 3, 32, 48)
    relu3_3, relu5_3 = model(x)
    assert torch.equal(relu3_3, literal[:16](x))
    assert torch.equal(relu5_3, literal[:30](x))


def test_published_weights_with_bn():
    torch.manual_seed(0)
    literal = literal_vgg(11, with_bn=True).eval()
    for layer in literal:
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.running_mean)
            nn.init.uniform_(layer.running_var, 0.5, 2)
    model = VGG(11, with_bn=True).eval()
    model.load_state_dict(published(literal), strict=True)
    x = torch.randn(1, 3, 32, 32)
    assert torch.equal(model(x)[0], literal[:-1](x))


def test_layers_of_ssd_are_left_out():
    literal = literal_vgg(16)
    state = {f'features.{k}': v for k, v in literal.state_dict().items()}
    state['features.31.weight'] = torch.zeros(1024, 512, 3, 3)
    state['features.31.bias'] = torch.zeros(1024)
    model = VGG(16)
    model.load_state_dict(state, strict=True)
    assert torch.equal(model.features[28].weight, literal[28].weight)


def test_own_state_dict_round_trip():
    first, second = VGG(11), VGG(11)
    parent = nn.ModuleDict(dict(backbone=second))
    parent.load_state_dict(
        {
            f'backbone.{k}': v
            for k, v in first.state_dict().items()
        },
        strict=True)
    x = torch.randn(1, 3, 16, 16)
    assert torch.equal(first(x)[0], second(x)[0])


def test_file_of_another_network():
    with pytest.raises(ValueError, match='lacks 16 of them'):
        VGG(11).load_state_dict({'layer1.0.weight': torch.zeros(1)},
                                strict=False)


def test_file_of_another_depth():
    with pytest.raises(
            ValueError, match="lacks 24 of them, 'features.2.weight'"):
        VGG(16).load_state_dict(published(literal_vgg(11)), strict=False)


@pytest.mark.parametrize('frozen_stages, frozen_convs', [(-1, 0), (0, 0),
                                                         (2, 4), (5, 13)])
def test_frozen_stages_get_no_gradient(frozen_stages, frozen_convs):
    model = VGG(16, frozen_stages=frozen_stages).train()
    x = torch.randn(1, 3, 16, 16, requires_grad=True)
    model(x)[0].sum().backward()
    convs = [m for m in model.features if isinstance(m, nn.Conv2d)]
    grads = [conv.weight.grad is not None for conv in convs]
    assert grads == [False] * frozen_convs + [True] * (13 - frozen_convs)
    assert x.grad.abs().sum() > 0


def test_train_and_eval_mode():
    model = VGG(11, with_bn=True, frozen_stages=1)
    assert model.train() is model
    norms = [m for m in model.features if isinstance(m, nn.BatchNorm2d)]
    assert [n.training for n in norms] == [False] + [True] * 7
    assert not any(m.training for m in model.eval().modules())


def test_norm_eval_keeps_running_statistics():
    torch.manual_seed(0)
    x = torch.randn(2, 3, 32, 32)
    for norm_eval in (True, False):
        model = VGG(11, with_bn=True, norm_eval=norm_eval).train()
        before = model.features[1].running_mean.clone()
        model(x)
        same = torch.equal(before, model.features[1].running_mean)
        assert same is norm_eval
        assert model.features[1].weight.requires_grad


@pytest.mark.parametrize('kwargs, message', [
    (dict(depth=15), r'depth must be one of \(11, 13, 16, 19\), but got 15'),
    (dict(out_indices=(5, )), r'from 0 to 4, at least one, but got \(5,\)'),
    (dict(out_indices=(3, 2)), r'rising numbers.*got \(3, 2\)'),
    (dict(out_indices=()), r'at least one, but got \(\)'),
    (dict(frozen_stages=6), 'frozen_stages must be from -1 to 5, but got 6'),
])
def test_wrong_values(kwargs, message):
    with pytest.raises(ValueError, match=message):
        VGG(**kwargs)


@pytest.mark.parametrize('out_indices', [4, (1.0, ), 'ab'])
def test_wrong_types(out_indices):
    with pytest.raises(TypeError, match='out_indices must be a list or tuple'):
        VGG(out_indices=out_indices)
