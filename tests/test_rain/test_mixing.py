import cv2
import numpy as np
import pytest
import torch

from mmadvrain.rain.mixing import (
    AFFINE_OPS,
    affine_chain,
    affine_matrix,
    mix_layers,
    mix_rain_chains,
)


def layer(height=20, width=30, seed=0):
    generator = torch.Generator().manual_seed(seed)
    noise = torch.rand(3, height, width, generator=generator)
    return torch.from_numpy(
        cv2.GaussianBlur(noise.permute(1, 2, 0).numpy(), (0, 0),
                         2)).permute(2, 0, 1)


def test_blend_by_hand():
    layers = [torch.full((1, 1, 2), v) for v in (1., 2., 4.)]
    mixed = mix_layers(layers, [0.5, 0.25, 0.25])
    assert mixed.tolist() == [[[2., 2.]]]
    assert layers[0].tolist() == [[[1., 1.]]]


@pytest.mark.parametrize('count', [0, 2])
def test_blend_needs_a_weight_a_layer(count):
    with pytest.raises(ValueError, match='needs a weight'):
        mix_layers([torch.zeros(1, 1, 1)] * count, [1.])


def test_no_chain_moves_nothing():
    assert torch.allclose(affine_chain(layer(), []), layer(), atol=1e-5)


@pytest.mark.parametrize('name', AFFINE_OPS)
def test_operations_are_those_of_opencv(name):
    # a chain of two, composed in OpenCV by two matrices of pixel indices
    source = layer(40, 60)
    chain = [(name, 0.5), ('shear_x', -0.3)]
    total = np.eye(3)
    centre = np.array([[1, 0, 29.5], [0, 1, 19.5], [0, 0, 1]])
    for one in chain:
        matrix = affine_matrix(*one, (40, 60)).numpy()
        total = total @ centre @ matrix @ np.linalg.inv(centre)
    wanted = cv2.warpAffine(
        source.permute(1, 2, 0).numpy(),
        total[:2], (60, 40),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT)
    moved = affine_chain(source, chain).permute(1, 2, 0).numpy()
    assert np.abs(moved - wanted)[12:28, 18:42].max() < 0.01
    assert np.abs(moved - source.permute(1, 2, 0).numpy()).max() > 0.05


def test_full_strength():
    size = (30, 60)
    turn = affine_matrix('rotate', 1., size)
    assert turn[0, 1].item() == pytest.approx(0.5)
    assert affine_matrix('translate_x', 1., size)[0, 2].item() == 20.
    assert affine_matrix('translate_y', -1., size)[1, 2].item() == -10.
    assert affine_matrix('shear_y', 1., size)[1, 0].item() == 0.3
    assert affine_matrix('zoom_x', 1., size)[0, 0].item() == 1 / 1.3
    for name in AFFINE_OPS:
        assert torch.equal(affine_matrix(name, 0., size).float(), torch.eye(3))
    with pytest.raises(ValueError, match='operation must be one of'):
        affine_matrix('posterize', 1., size)


@pytest.mark.parametrize(
    'blend, own, copies',
    [
        (0.1, 0.9, 1.0),  # 0.5 / max(w) = 1
        (0.6, 0.7, 1.0),
        (1.0, 0.7, 1.0),
    ])
def test_rain_mix_by_hand(blend, own, copies):
    rain = layer() * 0.3
    mixed = mix_rain_chains(rain, [[], []], [0.5, 0.5], blend)
    assert torch.allclose(mixed, (own + copies) * rain, atol=1e-5)


def test_rain_mix_is_clipped():
    mixed = mix_rain_chains(torch.ones(3, 8, 8), [[('rotate', .1)]], [1.], .9)
    assert mixed.max() == 1
