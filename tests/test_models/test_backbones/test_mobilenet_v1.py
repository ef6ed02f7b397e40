"""MobileNetV1 against literal networks in the published layouts."""
from collections import OrderedDict

import pytest
import torch
from torch import nn

from mmadvrain.models.backbones.mobilenet_v1 import MobileNetV1
from mmadvrain.registry import MODELS

# channels and stride of the 13 blocks, Table 1 of the paper
TABLE_1 = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1),
           (512, 2)] + [(512, 1)] * 5 + [(1024, 2), (1024, 1)]


def conv(cin, cout, kernel, stride, groups=1):
    return nn.Conv2d(
        cin, cout, kernel, stride, kernel // 2, groups=groups, bias=False)


class TransformersLayout(nn.Module):
    """A literal MobileNetV1 whose weights have transformers' names."""

    def __init__(self, width=1.0, eps=1e-3):
        super().__init__()

        def layer(cin, cout, kernel, stride, groups=1):
            return nn.Sequential(
                OrderedDict(
                    convolution=conv(cin, cout, kernel, stride, groups),
                    normalization=nn.BatchNorm2d(cout, eps=eps),
                    activation=nn.ReLU6()))

        cin = int(32 * width)
        body = nn.Module()
        body.conv_stem = layer(3, cin, 3, 2)
        layers = []
        for cout, stride in TABLE_1:
            cout = int(cout * width)
            layers.append(layer(cin, cin, 3, stride, cin))
            layers.append(layer(cin, cout, 1, 1))
            cin = cout
        body.layer = nn.ModuleList(layers)
        self.mobilenet_v1 = body
        self.classifier = nn.Linear(cin, 1001)

    def forward(self, x, blocks=13):
        x = self.mobilenet_v1.conv_stem(x)
        for layer in self.mobilenet_v1.layer[:2 * blocks]:
            x = layer(x)
        return x


class TimmLayout(nn.Module):
    """A literal MobileNetV1 whose weights have timm's names."""

    def __init__(self, width=1.0, eps=1e-5):
        super().__init__()
        cin = int(32 * width)
        self.conv_stem = conv(3, cin, 3, 2)
        self.bn1 = nn.BatchNorm2d(cin, eps=eps)
        stages = []
        for cout, stride in TABLE_1:
            cout = int(cout * width)
            if stride == 2 or not stages:
                stages.append([])
            stages[-1].append(
                nn.ModuleDict(
                    dict(
                        conv_dw=conv(cin, cin, 3, stride, cin),
                        bn1=nn.BatchNorm2d(cin, eps=eps),
                        conv_pw=conv(cin, cout, 1, 1),
                        bn2=nn.BatchNorm2d(cout, eps=eps))))
            cin = cout
        self.blocks = nn.Sequential(*(nn.Sequential(*s) for s in stages))
        self.classifier = nn.Linear(cin, 1000)

    def forward(self, x, blocks=13):
        x = self.bn1(self.conv_stem(x)).clamp(0, 6)
        for block in [b for stage in self.blocks for b in stage][:blocks]:
            x = block['bn1'](block['conv_dw'](x)).clamp(0, 6)
            x = block['bn2'](block['conv_pw'](x)).clamp(0, 6)
        return x


def randomised(module: nn.Module) -> nn.Module:
    """Give batch normalisation statistics that matter."""
    torch.manual_seed(0)
    for m in module.modules():
        if isinstance(m, nn.Conv2d):
            nn.init.kaiming_normal_(m.weight)
        if isinstance(m, nn.BatchNorm2d):
            nn.init.uniform_(m.running_mean, -0.5, 0.5)
            nn.init.uniform_(m.running_var, 0.01, 2)
            nn.init.uniform_(m.weight, 0.5, 1.5)
            nn.init.uniform_(m.bias, 0, 1)
    return module.eval()


def parameter_count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def test_registered():
    model = MODELS.build(dict(type='mmadvrain.MobileNetV1', widen_factor=0.25))
    assert type(model) is MobileNetV1


# 4,231,976 parameters with the 1,025,000 of a classifier of 1000 classes;
# widths 0.75, 0.5 and 0.25 likewise
@pytest.mark.parametrize('width, total', [(1.0, 4231976), (0.75, 2585560),
                                          (0.5, 1331592), (0.25, 470072)])
def test_parameter_count(width, total):
    classifier = int(1024 * width) * 1000 + 1000
    model = MobileNetV1(width, out_indices=(13, ))
    assert parameter_count(model) + classifier == total


def test_shapes_and_strides():
    model = MobileNetV1(0.25, out_indices=(0, 1, 3, 5, 11, 13)).eval()
    outs = model(torch.randn(2, 3, 64, 96))
    assert [tuple(o.shape) for o in outs] == [(2, 8, 32, 48), (2, 16, 32, 48),
                                              (2, 32, 16, 24), (2, 64, 8, 12),
                                              (2, 128, 4, 6), (2, 256, 2, 3)]
    assert all(0 <= o.min() and o.max() <= 6 for o in outs)


def test_channels_are_rounded_down_to_at_least_8():
    model = MobileNetV1(0.1, out_indices=(0, 13))
    assert [o.shape[1] for o in model(torch.randn(2, 3, 64, 64))] == [8, 102]


def test_builds_nothing_above_the_last_output():
    model = MobileNetV1(out_indices=(11, ))
    assert [name for name, _ in model.named_children()][-1] == 'block11'


@pytest.mark.parametrize('layout, eps', [(TransformersLayout, 1e-3),
                                         (TimmLayout, 1e-5)])
def test_published_weights_equal_literal_network(layout, eps, tmp_path):
    literal = randomised(layout(0.5))
    path = tmp_path / 'pytorch_model.bin'
    torch.save(literal.state_dict(), path)
    model = MobileNetV1(
        0.5,
        out_indices=(5, 11, 13),
        norm_eps=eps,
        init_cfg=dict(type='Pretrained', checkpoint=str(path)))
    model.init_weights()
    x = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        for out, blocks in zip(model.eval()(x), (5, 11, 13)):
            assert out.std() > 0
            torch.testing.assert_close(out, literal(x, blocks))


def test_published_layers_that_are_not_built_are_left_out():
    literal = randomised(TransformersLayout(0.25))
    model = MobileNetV1(0.25, out_indices=(3, ))
    model.load_state_dict(literal.state_dict(), strict=True)
    x = torch.randn(1, 3, 32, 32)
    torch.testing.assert_close(model.eval()(x)[0], literal(x, 3))


def test_weights_of_another_width():
    state = TransformersLayout(0.25).state_dict()
    with pytest.raises(ValueError, match=r'shape \(16, 3, 3, 3\), but the'):
        MobileNetV1(0.5).load_state_dict(state, strict=False)


def test_weights_of_another_network():
    with pytest.raises(ValueError, match="it has 1 entries, 'bert.weight'"):
        MobileNetV1(0.25).load_state_dict({'bert.weight': torch.zeros(1)},
                                          strict=False)


def test_imagenet_weights_classify_as_published(shared_data):
    """Real TF-slim weights give the logits of the published network.

    The file pads as TF does, at even sizes below and on the right; a mirrored
    image and mirrored kernels turn this into our padding.
    """
    path = shared_data / 'weights/imagenet_mobilenet_v1_0.75_192.ts.pt'
    if not path.exists():
        pytest.skip(f'{path} is not there')
    published = torch.jit.load(str(path)).eval()
    state = published.state_dict()
    model = MobileNetV1(0.75, out_indices=(13, )).eval()
    convs = [m for m in model.modules() if isinstance(m, nn.Conv2d)]
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    assert len(convs) == 27
    with torch.no_grad():
        for i, (conv_, norm) in enumerate(zip(convs, norms)):
            conv_.weight.copy_(state[f'w{i}'].flip(-1, -2))
            norm.running_var.fill_(1 - norm.eps)
            norm.bias.copy_(state[f'b{i}'])
        torch.manual_seed(0)
        images = torch.rand(2, 3, 192, 192)
        normalised = (255 * images - 128) / 128
        pooled = model(normalised.flip(-1, -2))[0].mean((2, 3))
        logits = pooled @ state['w27'].flatten(1).T + state['b27']
        # the first of the 1001 is TF's background, left out there
        torch.testing.assert_close(
            logits[:, 1:], published(images), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize('frozen_stages, frozen', [(-1, 0), (0, 1), (4, 5),
                                                   (13, 12)])
def test_frozen_layers_get_no_gradient(frozen_stages, frozen):
    model = MobileNetV1(0.25, frozen_stages=frozen_stages).train()
    x = torch.randn(2, 3, 32, 32, requires_grad=True)
    model(x)[0].square().sum().backward()
    grads = [
        all(p.grad is not None for p in layer.parameters())
        for layer in model.children()
    ]
    assert grads == [False] * frozen + [True] * (12 - frozen)
    assert x.grad.abs().sum() > 0


def test_train_and_eval_mode():
    model = MobileNetV1(0.25, frozen_stages=1)
    assert model.train() is model
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    assert [n.training for n in norms] == [False] * 3 + [True] * 20
    assert not any(m.training for m in model.eval().modules())


@pytest.mark.parametrize('norm_eval', [True, False])
@pytest.mark.parametrize('norm_frozen', [True, False])
def test_norm_eval_and_norm_frozen(norm_eval, norm_frozen):
    torch.manual_seed(0)
    model = MobileNetV1(
        0.25, norm_eval=norm_eval, norm_frozen=norm_frozen).train()
    norm = model.block11.pointwise.norm
    before = norm.running_mean.clone()
    model(torch.randn(2, 3, 32, 32))[0].sum().backward()
    assert torch.equal(before, norm.running_mean) is norm_eval
    assert (norm.weight.grad is None) is norm_frozen
    assert model.block11.pointwise.conv.weight.grad is not None


@pytest.mark.parametrize('kwargs, message', [
    (dict(widen_factor=0), 'widen_factor must be positive, but got 0'),
    (dict(out_indices=(14, )), r'from 0 to 13, at least one, but got \(14,\)'),
    (dict(frozen_stages=14), 'from -1 to 13, but got 14'),
    (dict(norm_eps=-1.), 'norm_eps must be positive, but got -1.0'),
])
def test_wrong_values(kwargs, message):
    with pytest.raises(ValueError, match=message):
        MobileNetV1(**kwargs)


def test_wrong_type():
    with pytest.raises(TypeError, match='must be a list or tuple of int'):
        MobileNetV1(out_indices=11)
