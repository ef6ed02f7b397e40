"""Networks from elsewhere: TorchScript, timm, MMPretrain."""
import sys
import types

import pytest
import torch
from torch import nn

from mmadvrain.attacks import IterativeAttack
from mmadvrain.models.classifiers import (ImageClassifier, MMPretrainNetwork,
                                          TimmNetwork, TorchScriptNetwork)
from mmadvrain.models.classifiers.timm_network import PAPER_NAMES, import_timm
from mmadvrain.structures import ClassDataSample
from mmadvrain.testing import ToyColourNetwork
from mmadvrain.victims import ClassifierVictim


@pytest.fixture
def script(tmp_path):
    path = tmp_path / 'net.ts.pt'
    torch.jit.trace(ToyColourNetwork().eval(), torch.rand(1, 3, 32,
                                                          32)).save(path)
    return path


def two_steps(network, **options):
    """Attack one image; return losses by step and the gradient's reach."""
    model = ImageClassifier(network, **options).eval()
    attack = IterativeAttack(
        dict(type='mmadvrain.RainLayer'),
        [dict(type='mmadvrain.CrossEntropyObjective')],
        steps=2)
    image = torch.rand(3, 64, 48, generator=torch.Generator().manual_seed(0))
    result, = attack.run(
        ClassifierVictim(model), [image], [ClassDataSample().set_label(1)],
        ['a'])
    assert result.image.shape == image.shape
    assert not result.flags
    return result.losses['cross_entropy']


def test_torchscript_is_attacked_and_comes_back_as_it_was(script):
    network = TorchScriptNetwork(str(script), trust=True)
    before = {k: v.clone() for k, v in network.state_dict().items()}
    assert any('running_mean' in key for key in before)
    losses = two_steps(network, input_size=32)
    assert losses[0] != losses[1]
    after = network.state_dict()
    assert all(torch.equal(before[key], after[key]) for key in before)


def test_torchscript_is_opt_in(script, tmp_path):
    with pytest.raises(ValueError, match='a program: set `trust=True`'):
        TorchScriptNetwork(str(script))
    with pytest.raises(FileNotFoundError, match='TorchScript file'):
        TorchScriptNetwork(str(tmp_path / 'none.pt'), trust=True)
    (tmp_path / 'text.pt').write_text('no program')
    with pytest.raises(ValueError, match='is no TorchScript file'):
        TorchScriptNetwork(str(tmp_path / 'text.pt'), trust=True)


def test_without_timm_the_message_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, 'timm', None)
    with pytest.raises(ImportError, match='pip install timm'):
        TimmNetwork('inc-v3')


def test_without_mmpretrain_the_message_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, 'mmpretrain', None)
    with pytest.raises(ImportError, match='mim install mmpretrain'):
        MMPretrainNetwork('resnet50_8xb32_in1k')


class FakePretrain(nn.Module):
    """As MMPretrain's classifiers are called."""

    def __init__(self, to_rgb):
        super().__init__()
        self.data_preprocessor = types.SimpleNamespace(
            mean=torch.tensor([10., 20., 30.]).view(3, 1, 1),
            std=torch.tensor([51., 51., 102.]).view(3, 1, 1),
            to_rgb=to_rgb)

    def forward(self, inputs, mode):
        assert mode == 'tensor'
        return inputs.mean((2, 3))


@pytest.mark.parametrize('to_rgb', (True, False))
def test_mmpretrain_keeps_its_own_normalisation(monkeypatch, to_rgb):
    fake = types.ModuleType('mmpretrain')
    fake.get_model = lambda model, pretrained: FakePretrain(to_rgb)
    monkeypatch.setitem(sys.modules, 'mmpretrain', fake)
    model = ImageClassifier(MMPretrainNetwork('any'), 1)
    rgb = torch.tensor([50., 60., 70.])
    theirs = rgb if to_rgb else rgb.flip(0)
    theirs = (theirs - torch.tensor([10., 20., 30.])) / torch.tensor(
        [51., 51., 102.])
    found = model.logits([(rgb / 255).view(3, 1, 1)])[0]
    assert found.tolist() == pytest.approx(theirs.tolist(), abs=1e-5)


@pytest.fixture(scope='module')
def timm():
    try:
        return import_timm()
    except ImportError as error:
        pytest.skip(str(error))


def awake(network):
    """A network with random weights that heeds its input.

    With means of 0 and variances of 1 in every batch norm, the image fades
    away in Inception v4: its gradient is 1e-14.
    """
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.
    with torch.no_grad():
        network.train()(torch.rand(2, 3, *network.input_hw))
    return network.eval()


@pytest.mark.slow
@pytest.mark.parametrize('name', sorted(PAPER_NAMES))
def test_the_papers_models_survive_two_steps(timm, name):
    torch.manual_seed(0)
    network = awake(TimmNetwork(name, pretrained=False))
    assert network.input_hw == (299, 299)
    losses = two_steps(network)
    assert len(losses) == 2 and losses[0] != losses[1]


def test_timm_without_such_a_model(timm):
    with pytest.raises(ValueError, match='has no model'):
        TimmNetwork('no-such-model', pretrained=False)
