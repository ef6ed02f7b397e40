"""What makes two runs the same, and what does not."""
from types import SimpleNamespace

import pytest
import torch
from mmengine.config import ConfigDict
from torch import nn

from mmadvrain.store.run_signature import plain_settings, run_signature


class Part:
    """Something whose repr says where in memory it is."""


class Model(nn.Module):

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([1., -2.]))
        self.register_buffer('count', torch.tensor(3))
        self.register_buffer('mean', torch.tensor([5.]), persistent=False)


class Images:
    """A data set of two images."""

    def __init__(self, ann_file):
        self.dataset = SimpleNamespace(
            ann_file=ann_file, pipeline=SimpleNamespace(transforms=[Part()]))

    def __len__(self):
        return 2


def signature(model=None, attack=None, ann_file='', **settings):
    attack = attack or SimpleNamespace(
        perturbation=Part(), objectives=[], rules=[])
    parts = (attack.perturbation, *attack.objectives, *attack.rules)
    return run_signature(model or Model(), settings, parts, Images(ann_file))


def test_plain_settings():
    found = plain_settings(
        ConfigDict(
            steps=(1, 2),
            part=Part,
            kind=dict(type='A', init_cfg=dict(checkpoint='x'), batch_size=4)))
    assert found == dict(steps=[1, 2], part=repr(Part), kind=dict(type='A'))
    assert plain_settings(Part()) == plain_settings(Part())


def test_two_runs_of_the_same():
    assert signature(a=1) == signature(a=1)
    assert signature(a=1) != signature(a=2)
    assert len(signature()['weights']) == 64


@pytest.mark.parametrize(
    'change', [
        lambda m: m.weight.data.neg_(),
        lambda m: m.weight.data.copy_(torch.tensor([-2., 1.])),
        lambda m: m.count.add_(1),
        lambda m: m.mean.add_(1),
        lambda m: setattr(m, 'weight', nn.Parameter(m.weight.data.double())),
    ],
    ids=['sign', 'order', 'buffer', 'mean', 'type'])
def test_another_checkpoint(change):
    # a sum of absolute values would see neither sign nor order
    model = Model()
    change(model)
    assert signature(model)['weights'] != signature()['weights']


def test_another_annotation_file(tmp_path):
    sums = set()
    for text in ('a', 'b', None):
        path = tmp_path / 'ann.json'
        path.write_text(text) if text else path.unlink()
        sums.add(signature(ann_file=str(path))['annotations'])
    assert len(sums) == 3


def test_a_network_of_the_attack_counts_by_its_weights():
    attack = SimpleNamespace(
        perturbation=SimpleNamespace(net=Model()), objectives=[], rules=[])
    before = signature(attack=attack)
    attack.perturbation.net.weight.data.add_(1)
    after = signature(attack=attack)
    assert list(before['networks']) == ['SimpleNamespace.net']
    assert before['networks'] != after['networks']
    assert 'networks' not in signature()
