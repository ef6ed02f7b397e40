import pytest
import torch

from mmadvrain.victims.build import build_detector
from tests.toys.made_once import (
    toy_root,
    trained_detector,
    trained_weights,
)
from tests.toys.toy_detector import toy_config


@pytest.fixture
def config(tmp_path):
    path = tmp_path / 'toy.py'
    toy_config(toy_root()).dump(path)
    return path


def test_is_the_trained_detector_and_only_looked_at(config):
    model, parsed = build_detector(config, str(trained_weights()))
    for name, value in trained_detector().state_dict().items():
        assert torch.equal(model.state_dict()[name], value)
    assert not any(m.training for m in model.modules())
    assert not any(w.requires_grad for w in model.parameters())
    assert parsed.model.type == 'FasterRCNN'


def test_weights_of_the_config(tmp_path):
    path = tmp_path / 'toy.py'
    toy_config(toy_root(), load_from=str(trained_weights())).dump(path)
    model, _ = build_detector(path)
    expected = trained_detector().rpn_head.rpn_conv.weight
    assert torch.equal(model.rpn_head.rpn_conv.weight, expected)


def test_refuses_random_weights(config):
    with pytest.raises(ValueError, match='names no weights'):
        build_detector(config)


def test_missing_checkpoint(config):
    with pytest.raises(FileNotFoundError):
        build_detector(config, 'not_there.pth')
