"""Networks from elsewhere: TorchScript and timm."""
import sys

import pytest
import torch
from torch import nn

from mmadvrain.attacks.iterative_attack import IterativeAttack
from mmadvrain.models.classifiers.image_classifier import ImageClassifier
from mmadvrain.models.classifiers.networks import (
    PAPER_NAMES,
    TimmNetwork,
    TorchScriptNetwork,
    import_timm,
)
from mmadvrain.structures.class_data_sample import ClassDataSample
from mmadvrain.victims.classifier_victim import ClassifierVictim
from tests.toys.toy_classes import ToyColourNetwork


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
        dict(type='mmadvrain.RainPerturbation'),
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


@pytest.mark.parametrize('name', sorted(PAPER_NAMES))
def test_the_papers_models_name_the_weights_of_tf_slim(timm, name):
    network = TimmNetwork(name, pretrained=False)
    tag = network.network.pretrained_cfg['tag']
    assert tag == {
        'adv-inc-v3': 'tf_adv_in1k',
        'incres-v2-ens': 'tf_ens_adv_in1k'
    }.get(name, 'tf_in1k')
    # which see pixels in [-1, 1]
    assert network.mean == network.std == (0.5, 0.5, 0.5)


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
