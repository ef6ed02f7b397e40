"""Half precision inside the networks, float32 around them."""
import pytest
import torch
from torch import nn

from mmadvrain.attacks.iterative_attack import IterativeAttack
from mmadvrain.attacks.objectives import DetectorLossObjective
from mmadvrain.attacks.objectives.margin_objective import MarginObjective
from mmadvrain.victims.classifier_victim import ClassifierVictim
from mmadvrain.victims.detector_victim import DetectorVictim
from mmadvrain.victims.half_precision import (
    _networks,
    half_precision,
    to_float32,
)
from tests.toys.made_once import toy_images, trained_detector
from tests.toys.toy_detector import toy_attack

KINDS = ['bfloat16', 'float16']


class Model(nn.Module):
    """A network between two steps that are to stay as they are."""

    def __init__(self, network):
        super().__init__()
        self.data_preprocessor = nn.Linear(4, 4)
        self.network = network

    def forward(self, value):
        return self.network(value)


class Nested(nn.Module):
    """Containers in and out, and a note of the types inside."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 4)
        self.seen = []

    def forward(self, values, where):
        first = self.linear(values[0])
        self.seen.append(first.dtype)
        return dict(all=[first, where['index']], one=(first.sum(), 'text'))


@pytest.mark.parametrize('kind', KINDS)
def test_containers_go_in_and_float32_comes_out(kind):
    model = Model(Nested())
    own = model.network.forward
    with half_precision(model, kind):
        found = model.network([torch.ones(2, 4)],
                              where=dict(index=torch.tensor([3])))
    assert model.network.seen == [getattr(torch, kind)]
    assert found['all'][0].dtype == found['one'][0].dtype == torch.float32
    assert found['all'][1].dtype == torch.int64 and found['one'][1] == 'text'
    assert model.network.forward == own, 'nothing is left behind'
    assert 'forward' not in model.network.__dict__


@pytest.mark.parametrize('kind', KINDS)
def test_gradients_are_those_of_float32_but_for_rounding(kind):
    torch.manual_seed(0)
    model = Model(nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3)))
    grads = []
    for how in (None, kind):
        value = torch.randn(5, 4, generator=torch.Generator().manual_seed(1))
        value.requires_grad_()
        with half_precision(model, how):
            loss = model(value).pow(2).mean()
        grads.append(torch.autograd.grad(loss, value)[0])
    assert grads[1].dtype == torch.float32
    assert not torch.equal(*grads)
    assert (grads[0] - grads[1]).abs().max() < 0.03 * grads[0].abs().max()


def test_small_gradients_do_not_vanish_in_float16():
    model = Model(nn.Linear(4, 4))
    value = torch.ones(1, 4, requires_grad=True)
    with half_precision(model, 'float16'):
        loss = model(value).sum() * 1e-7
    half = model.network.weight.detach().half().float().sum(0) * 1e-7
    # 1e-7 itself has only one bit in float16
    assert torch.autograd.grad(loss, value)[0][0] == pytest.approx(
        half, rel=2e-2)


def test_what_is_seen_inside_has_the_scale_of_the_outputs():

    class Network(nn.Linear):

        def forward(self, value):
            found = super().forward(value)
            self.inside = to_float32(found)
            return found

    model = Model(Network(4, 4))
    value = torch.ones(1, 4, requires_grad=True)
    with half_precision(model, 'float16'):
        model(value)
    grad = torch.autograd.grad(model.network.inside.sum(), value)[0]
    assert grad[0] == pytest.approx(
        model.network.weight.detach().sum(0), rel=1e-2, abs=1e-3)
    same = torch.ones(2)
    assert to_float32(same) is same


def test_a_part_that_cannot_do_it_is_named():

    class Old(nn.Linear):

        def forward(self, value):
            raise RuntimeError("\"roi_align\" not implemented for 'BFloat16'")

    model = Model(Old(4, 4))
    with half_precision(model, 'bfloat16'):
        with pytest.raises(
                ValueError,
                match='Old cannot run in bfloat16 on this '
                'cpu: leave out `autocast`'):
            model(torch.ones(1, 4))


@pytest.mark.parametrize('victim', [DetectorVictim, ClassifierVictim])
def test_unknown_types(victim):
    with pytest.raises(ValueError, match="one of .*'bfloat16'.* got 'half'"):
        victim(nn.Linear(1, 1), autocast='half')


def test_networks_of_a_detector():
    model = trained_detector()
    assert {type(n).__name__
            for n in _networks(model)
            } == {'ResNet', 'FPN', 'RPNHead', 'ConvFCBBoxHead'}


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('detector', ['two_stage', 'one_stage'])
def test_an_attack_is_as_strong(detector, kind):
    images = toy_images()
    model = trained_detector(detector)
    objectives = [DetectorLossObjective()]
    if detector == 'two_stage':
        objectives.append(MarginObjective())
    config = toy_attack(4)
    attack = IterativeAttack(config['perturbation'], objectives, steps=4)
    lowest = {}
    for how in (None, kind):
        victim = DetectorVictim(model, autocast=how)
        results = attack.run(victim, [images[0].image], [images[0].target],
                             [11])
        curves = results[0].losses.values()
        lowest[how] = [sum(values) for values in zip(*curves)]
        assert results[0].image.dtype == torch.float32
        assert not results[0].flags
    assert lowest[kind] != lowest[None]
    assert lowest[kind][0] == pytest.approx(lowest[None][0], rel=0.05)
    gained = [losses[0] - min(losses) for losses in lowest.values()]
    assert gained[1] > 0.5 * gained[0] > 0
    # scores are those of the model as it is
    samples = [[images[0].image], [images[0].target]]
    both = [
        DetectorVictim(model, autocast=how).predict(*samples)[0].pred_instances
        for how in (None, kind)
    ]
    assert torch.equal(both[0].scores, both[1].scores)
