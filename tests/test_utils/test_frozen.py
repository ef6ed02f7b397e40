"""A model is lent and comes back as it was, also after an error."""
import random

import numpy as np
import pytest
import torch
from torch import nn

from mmadvrain.utils.frozen import frozen


class Victim(nn.Module):
    """Draws random numbers and keeps count, as a careless model may."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5))
        self.head = nn.Linear(4, 2)
        self.register_buffer('calls', torch.zeros(1))
        self.register_buffer('replaced', torch.zeros(2))
        self.register_buffer('nothing', None)
        # a fine-tuned model: one layer frozen, another in evaluation mode
        self.head.bias.requires_grad_(False)
        self.train()
        self.net[1].eval()

    def forward(self, x):
        self.calls += 1
        self.replaced = self.replaced + 1
        return self.head(self.net(x).mean((2, 3)))


def state(model):
    return (
        [m.training for m in model.modules()],
        [p.requires_grad for p in model.parameters()],
        [p.grad for p in model.parameters()],
        {
            k: v.clone()
            for k, v in model.state_dict().items()
        },
        torch.get_rng_state(),
        np.random.get_state()[1].copy(),
        random.getstate(),
    )


def assert_same(one, other):
    for a, b in zip(one[:3], other[:3]):
        assert a == b
    assert one[3].keys() == other[3].keys()
    for key, value in one[3].items():
        assert torch.equal(value, other[3][key]), key
    assert torch.equal(one[4], other[4])
    assert np.array_equal(one[5], other[5])
    assert one[6] == other[6]


def misuse(model):
    """Change all that may be changed."""
    model.train()
    torch.manual_seed(9)
    np.random.seed(9)
    random.seed(9)
    image = torch.rand(2, 3, 5, 5, requires_grad=True)
    grad, = torch.autograd.grad(model(image).square().sum(), image)
    np.random.rand()
    random.random()
    for weight in model.parameters():
        weight.requires_grad_(True)
    return grad


@pytest.fixture
def model():
    torch.manual_seed(0)
    return Victim()


def test_inside(model):
    with frozen(model) as lent:
        assert lent is model
        assert not any(m.training for m in model.modules())
        assert not any(p.requires_grad for p in model.parameters())
        image = torch.rand(2, 3, 5, 5, requires_grad=True)
        grad, = torch.autograd.grad(lent(image).sum(), image)
    assert grad.any()


def test_everything_comes_back(model):
    before = state(model)
    buffers = list(model.buffers())
    with frozen(model):
        assert misuse(model).any()
        assert model.calls == 1 and model.net[1].num_batches_tracked == 1
    assert_same(state(model), before)
    assert all(a is b for a, b in zip(model.buffers(), buffers))


def test_everything_comes_back_after_an_error(model):
    before = state(model)
    with pytest.raises(RuntimeError, match='of the caller'):
        with frozen(model):
            misuse(model)
            raise RuntimeError('of the caller')
    assert_same(state(model), before)


def test_nested(model):
    before = state(model)
    with frozen(model):
        inner = state(model)
        with frozen(model):
            misuse(model)
        assert_same(state(model), inner)
    assert_same(state(model), before)


def test_gradients_inside_no_grad(model):
    image = torch.rand(1, 3, 5, 5)
    with torch.no_grad():
        with frozen(model):
            leaf = image.clone().requires_grad_()
            assert torch.autograd.grad(model(leaf).sum(), leaf)[0].any()
        assert not torch.is_grad_enabled()
    with pytest.raises(ZeroDivisionError):
        with torch.no_grad(), frozen(model):
            1 / 0
    assert torch.is_grad_enabled()


def test_weights_get_no_gradient(model):
    with frozen(model):
        image = torch.rand(1, 3, 5, 5, requires_grad=True)
        model(image).sum().backward()
    assert image.grad.any()
    assert all(p.grad is None for p in model.parameters())


def test_draws_of_the_caller_go_on_as_if_nothing_was(model):
    torch.manual_seed(3)
    np.random.seed(3)
    random.seed(3)
    expected = torch.rand(1), np.random.rand(), random.random()
    torch.manual_seed(3)
    np.random.seed(3)
    random.seed(3)
    with frozen(model):
        misuse(model)
    assert (torch.rand(1), np.random.rand(), random.random()) == expected


def test_model_without_weights():
    with frozen(nn.ReLU()) as model:
        assert not model.training
    assert model.training
