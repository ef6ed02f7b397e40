"""Frames of a clip share their parameters; a literal sum over frames."""
from contextlib import contextmanager

import pytest
import torch
from mmdet.structures import DetDataSample

from mmadvrain.attacks import ClipAttack, MomentumRule, SignRule
from mmadvrain.attacks.objectives.base_objective import BaseObjective
from mmadvrain.perturbations import BasePerturbation

FRAMES = torch.rand(
    4, 3, 6, 8, generator=torch.Generator().manual_seed(0)) * .5 + .2


class Shade:
    """One number for each column, added to every frame of a clip."""
    suffix = '.pt'

    def __init__(self, value):
        self.value = value

    def detach(self):
        return Shade(self.value.detach())


class Shading(BasePerturbation[Shade]):

    def __init__(self, size=.1):
        self.size = size

    def begin(self, clean, generator):
        return Shade(torch.zeros(clean.shape[-1]))

    def perturb(self, clean, params):
        return clean + params.value

    def require_grad(self, params):
        return Shade(params.value.detach().clone().requires_grad_())

    def descend(self, params, initial, drawn, direction, step, steps):
        grad, = torch.autograd.grad(drawn, params.value, direction)
        return Shade(params.value.detach() - self.size * grad)

    def random_like(self, params, generator, measure=None):
        return params

    def magnitude(self, params):
        return {}


class Victim:
    """Sees squares; remembers how many frames it saw at a time."""
    device = torch.device('cpu')

    def __init__(self):
        self.seen = []

    @contextmanager
    def frozen(self):
        yield

    def forward(self, images, targets):
        self.seen.append(len(images))
        return images, targets


class Square(BaseObjective):
    name = 'square'

    def loss(self, outputs, state):
        images, targets = outputs
        return torch.stack([(image.square() * target.weight).mean()
                            for image, target in zip(images, targets)])


def targets():
    found = [DetDataSample() for _ in FRAMES]
    for i, one in enumerate(found):
        one.set_field(float(i), 'weight')
    return found


def attack(**options):
    return ClipAttack(
        objectives=[Square()],
        **{
            **dict(perturbation=Shading(), rules=[], steps=3, keep='last'),
            **options
        })


def literal(steps):
    """All frames in one graph."""
    shade = torch.zeros(8)
    losses = []
    for _ in range(steps):
        shade.requires_grad_()
        weights = torch.arange(4.)[:, None, None, None]
        loss = ((FRAMES + shade).square() * weights).mean((1, 2, 3)).mean()
        losses.append(float(loss))
        grad, = torch.autograd.grad(loss, shade)
        shade = (shade - .1 * grad).detach()
    return shade, losses


def test_steps_follow_the_mean_over_frames():
    result = attack().run_clip(Victim(), FRAMES, targets(), 'clip')
    shade, losses = literal(3)
    torch.testing.assert_close(result.params.value, shade)
    assert result.summed_losses == pytest.approx(losses)
    torch.testing.assert_close(result.image, FRAMES + shade)


def test_the_victim_sees_one_frame_at_a_time():
    victim, calls = Victim(), []
    attack(after_frame=lambda: calls.append(1)).run_clip(
        victim, FRAMES, targets(), 'clip')
    assert victim.seen == [1] * 12 and len(calls) == 12


def test_rules_remember_each_frame():
    found = attack(
        perturbation=Shading(1e-3),
        rules=[MomentumRule(), SignRule()]).run_clip(Victim(), FRAMES,
                                                     targets(), 'clip')
    # all stays bright: 3 steps by 3 channels and 6 rows of 3 frames, since
    # the first one has no weight
    assert found.params.value.tolist() == pytest.approx(
        [-1e-3 * 3 * 3 * 6 * 3] * 8)


def test_the_best_step_is_that_of_the_whole_clip():
    result = attack(
        keep='best', steps=4).run_clip(Victim(), FRAMES, targets(), 'clip')
    assert result.best_step == 4
    torch.testing.assert_close(result.params.value, literal(3)[0])


def test_a_clip_without_frames_is_refused():
    with pytest.raises(ValueError, match='got 4 frames and 1 targets'):
        attack().run_clip(Victim(), FRAMES, targets()[:1], 'clip')
    with pytest.raises(ValueError, match='0 frames'):
        attack().run_clip(Victim(), FRAMES[:0], [], 'clip')
