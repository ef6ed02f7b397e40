"""fc6 and fc7 against a literal classifier."""
import pytest
import torch
from torch import nn

from mmadvrain.models.backbones.vgg import VGGFCLayer
from mmadvrain.registry import MODELS


def literal_classifier(dropout_first: bool) -> nn.Sequential:
    """VGG's classifier, cut down to 2 channels and 6 outputs."""
    fc6, fc7, fc8 = nn.Linear(2 * 49, 6), nn.Linear(6, 6), nn.Linear(6, 10)
    if dropout_first:  # the oldest weights of J. Johnson: 1, 4 and 6
        return nn.Sequential(nn.Dropout(), fc6, nn.ReLU(), nn.Dropout(), fc7,
                             nn.ReLU(), fc8)
    return nn.Sequential(fc6, nn.ReLU(), nn.Dropout(), fc7, nn.ReLU(),
                         nn.Dropout(), fc8)


def test_registered():
    model = MODELS.build(
        dict(type='mmadvrain.VGGFCLayer', in_channels=2, out_channels=6))
    assert type(model) is VGGFCLayer


def test_parameter_count():
    with torch.device('meta'):
        model = VGGFCLayer()
    # 138,357,544 of VGG16 less its convolutions and its last layer
    assert sum(p.numel()
               for p in model.parameters()) == (138357544 - 14714688 -
                                                4097 * 1000)


@pytest.mark.parametrize('dropout_first', [True, False])
def test_published_weights_equal_literal_network(dropout_first, tmp_path):
    torch.manual_seed(0)
    literal = literal_classifier(dropout_first).eval()
    state = {f'classifier.{k}': v for k, v in literal.state_dict().items()}
    state['features.0.weight'] = torch.randn(64, 3, 3, 3)
    path = tmp_path / 'vgg16.pth'
    torch.save(state, path)
    model = VGGFCLayer(
        2, 6, init_cfg=dict(type='Pretrained', checkpoint=str(path)))
    model.init_weights()
    x = torch.randn(3, 2, 7, 7)
    out = model.eval()(x)
    want = literal[:-1](x.flatten(1))
    assert out.shape == (3, 6, 1, 1)
    assert want.abs().sum() > 0
    torch.testing.assert_close(out.flatten(1), want)


def test_smaller_regions():
    model = VGGFCLayer(2, 6, roi_feat_size=3).eval()
    x = torch.randn(4, 2, 3, 3)
    want = model.fc7(model.fc6(x.flatten(1)).relu()).relu()
    torch.testing.assert_close(model(x).flatten(1), want)


def test_no_region():
    assert VGGFCLayer(2, 6)(torch.zeros(0, 2, 7, 7)).shape == (0, 6, 1, 1)


def test_dropout_in_training_only():
    torch.manual_seed(0)
    model = VGGFCLayer(2, 64, dropout=0.5)
    x = torch.randn(8, 2, 7, 7)
    zeros = (model.train()(x) == 0).float().mean()
    assert zeros > (model.eval()(x) == 0).float().mean() + 0.1
    without = VGGFCLayer(2, 64, dropout=0.)
    without.load_state_dict(model.state_dict())
    assert torch.equal(without.train()(x), model(x))


def test_file_without_fully_connected_layers():
    state = {'features.0.weight': torch.zeros(64, 3, 3, 3)}
    with pytest.raises(ValueError, match="lacks 4 of them, 'fc6.weight'"):
        VGGFCLayer(2, 6).load_state_dict(state, strict=False)


@pytest.mark.parametrize('kwargs, message', [
    (dict(in_channels=0), 'in_channels must be a positive int, but got 0'),
    (dict(out_channels=1.5), 'out_channels must be a positive int, but got'),
    (dict(roi_feat_size=-7), 'roi_feat_size must be a positive int'),
    (dict(dropout=1.), r'dropout must be in \[0, 1\), but got 1.0'),
])
def test_wrong_values(kwargs, message):
    with pytest.raises(ValueError, match=message):
        VGGFCLayer(**kwargs)
