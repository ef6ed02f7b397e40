"""Weights for others."""
import hashlib
from collections import OrderedDict

import pytest
import torch
from mmengine.runner import load_checkpoint
from torch import nn

from mmadvrain.utils.publish import publish_weights


@pytest.fixture
def source(tmp_path):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    path = tmp_path / 'epoch_1.pth'
    torch.save(
        dict(
            state_dict=model.state_dict(),
            optimizer=dict(step=3),
            meta=dict(
                epoch=1,
                seed=5,
                cfg='long text',
                dataset_meta=dict(classes=('Car', 'Van')))), path)
    return path, model.state_dict()


@pytest.mark.parametrize('half', [True, False])
def test_keeps_weights_and_little_else(half, source, tmp_path):
    path, weights = source
    target = tmp_path / 'new' / 'weights.pth'
    digest = publish_weights(path, target, half=half)
    assert digest == hashlib.sha256(target.read_bytes()).hexdigest()
    stored = torch.load(target, weights_only=True)
    assert set(stored) == {'state_dict', 'meta'}
    assert stored['meta'] == dict(
        epoch=1, seed=5, dataset_meta=dict(classes=('Car', 'Van')))
    assert isinstance(stored['state_dict'], OrderedDict)
    assert stored['state_dict'].keys() == weights.keys()
    for key, value in weights.items():
        found = stored['state_dict'][key]
        if value.is_floating_point():
            assert found.dtype == (torch.float16 if half else torch.float32)
            torch.testing.assert_close(
                found.float(), value, rtol=1e-3 if half else 0, atol=1e-6)
        else:
            assert torch.equal(found, value)


def test_mmengine_loads_it(source, tmp_path):
    path, weights = source
    publish_weights(path, tmp_path / 'weights.pth', half=True)
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    load_checkpoint(model, str(tmp_path / 'weights.pth'), strict=True)
    assert model[0].weight.dtype == torch.float32
    torch.testing.assert_close(
        model[0].weight.detach(), weights['0.weight'], rtol=1e-3, atol=1e-6)


def test_number_beyond_float16(tmp_path):
    torch.save(
        dict(state_dict=dict(a=torch.tensor([7e4]))), tmp_path / 'a.pth')
    with pytest.raises(ValueError, match='a of .* does not fit into float16'):
        publish_weights(tmp_path / 'a.pth', tmp_path / 'b.pth')
    assert not (tmp_path / 'b.pth').exists()
    publish_weights(tmp_path / 'a.pth', tmp_path / 'b.pth', half=False)
