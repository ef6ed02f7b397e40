import math

import pytest
import torch
from torch import nn

from projects.uea.uea.gan_losses import discriminator_loss, generator_loss


class Mean(nn.Module):

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(2.))

    def forward(self, pixels):
        return self.scale * pixels.mean((1, 2, 3), keepdim=True)


def image(value):
    return torch.full((1, 3, 2, 2), value)


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def test_hand_values():
    judge = Mean()
    real, fake = [image(0.5), image(1.)], [image(-0.5), image(0.25)]
    expected = -sum(map(math.log, (sigmoid(1), sigmoid(2)))) / 2
    expected -= sum(math.log(1 - p) for p in (sigmoid(-1), sigmoid(.5))) / 2
    assert float(discriminator_loss(judge, real, fake)) == pytest.approx(
        expected / 2, rel=1e-6)
    expected = -sum(map(math.log, (sigmoid(-1), sigmoid(.5)))) / 2
    assert float(generator_loss(judge, fake)) == pytest.approx(
        expected, rel=1e-6)


def test_generator_loss_leaves_the_discriminator_alone():
    judge, fake = Mean(), image(0.1).requires_grad_()
    generator_loss(judge, [fake]).backward()
    assert judge.scale.grad is None and judge.scale.requires_grad
    # fake should look more real: its mean should grow
    assert (fake.grad < 0).all()
