import pytest
import torch

from projects.uea.uea.generator_perturbation import GeneratorPerturbation
from projects.uea.uea.rpn_attention import RPNAttention
from projects.uea.uea.uea_generator import UEAGenerator
from tests.toys.made_once import (
    toy_images,
    toy_root,
    trained_weights,
)
from tests.toys.toy_detector import toy_config

SMALL = dict(type='mmadvrain.UEAGenerator', channels=4, blocks=1)


@pytest.fixture
def saved(tmp_path):
    torch.manual_seed(0)
    network = UEAGenerator((16, 24), channels=4, blocks=1)
    torch.save(network.state_dict(), tmp_path / 'generator.pth')
    return network, str(tmp_path / 'generator.pth')


def test_noise_is_the_generators(saved):
    network, path = saved
    clean = torch.rand(3, 32, 40)
    layer = GeneratorPerturbation(path, SMALL)
    params = layer.begin(clean, torch.Generator())
    pixels = network.working_pixels(clean)
    with torch.no_grad():
        noise = (pixels + network(pixels)).clamp(-1, 1) - pixels
        noise = network.native_noise(noise, (32, 40))
    expected = (clean + noise).clamp(0, 1)
    torch.testing.assert_close(layer.perturb(clean, params), expected)
    assert not params.values.requires_grad
    assert params.values.abs().max() > 0.01


def test_attention_weighs_the_noise(saved, tmp_path):
    network, path = saved
    toy_config(toy_root()).dump(tmp_path / 'toy.py')
    detector = dict(
        config=str(tmp_path / 'toy.py'), checkpoint=str(trained_weights()))
    clean = toy_images()[0].image
    params = GeneratorPerturbation(
        path, SMALL, attention=detector).begin(clean, torch.Generator())
    mask = RPNAttention(**detector)(clean, (16, 24))
    pixels = network.working_pixels(clean)
    with torch.no_grad():
        noise = (pixels + mask * network(pixels)).clamp(-1, 1) - pixels
    expected = network.native_noise(noise, clean.shape[-2:])
    expected = (clean + expected).clamp(0, 1) - clean
    torch.testing.assert_close(params.values, expected, atol=1e-6, rtol=0)
    assert (mask == 0).any() and (mask > 0.5).any()


def test_limits_hold(saved):
    clean = torch.rand(3, 32, 40)
    layer = GeneratorPerturbation(saved[1], SMALL, epsilon=0.01)
    params = layer.begin(clean, torch.Generator())
    assert params.values.abs().max() <= 0.01


def test_random_noise_has_the_same_psnr(saved):
    layer = GeneratorPerturbation(saved[1], SMALL)
    params = layer.begin(torch.rand(3, 64, 80), torch.Generator())
    other = layer.random_like(params, torch.Generator().manual_seed(1))
    rms = [layer.magnitude(p)['rms'] for p in (params, other)]
    assert rms[1] == pytest.approx(rms[0], rel=0.03)


def test_wrong_weights_are_named(saved, tmp_path):
    with pytest.raises(ValueError, match='does not hold the weights of UEAG'):
        GeneratorPerturbation(saved[1])
    with pytest.raises(FileNotFoundError):
        GeneratorPerturbation(str(tmp_path / 'none.pth'), SMALL)


def test_code_in_a_checkpoint_is_not_run(tmp_path):
    marker = tmp_path / 'ran'

    class Harm:

        def __reduce__(self):
            return (open, (str(marker), 'w'))

    torch.save(dict(state_dict=Harm()), tmp_path / 'bad.pth')
    with pytest.raises(ValueError):
        GeneratorPerturbation(str(tmp_path / 'bad.pth'), SMALL)
    assert not marker.exists()
