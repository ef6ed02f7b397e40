"""Freezing of parts of a network."""
from torch import nn

from mmadvrain.models.backbones.published import (
    eval_norms,
    freeze,
    norm_layers,
)


def network() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1), nn.Dropout(),
        nn.Sequential(nn.BatchNorm1d(1)), nn.GroupNorm(1, 1))


def test_freeze():
    model = network().train()
    freeze(model[:2])
    assert [m.training for m in model] == [False, False, True, True, True]
    assert [p.requires_grad
            for p in model.parameters()] == [False] * 4 + [True] * 4


def test_norm_layers_and_eval_norms():
    model = network().train()
    assert list(norm_layers(model)) == [model[1], model[3][0]]
    eval_norms(model)
    assert not model[1].training and not model[3][0].training
    assert model[2].training and model[4].training
    assert all(p.requires_grad for p in model.parameters())
