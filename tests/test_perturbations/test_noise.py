"""Limits hold, and files give back every bit or an error."""
import math
import os
import pickle

import numpy as np
import pytest
import torch

from mmadvrain.perturbations.noise import Noise


def some_noise(dtype=torch.float32, **limits):
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(3, 7, 5, generator=generator, dtype=torch.float64)
    return Noise((0.1 * values).to(dtype), **limits)


def psnr(values):
    return -10 * math.log10(float(values.double().square().mean()))


def test_project_by_hand():
    noise = Noise(torch.tensor([[[0.3, -0.5, 0.1]]]), epsilon=0.25)
    torch.testing.assert_close(noise.project().values,
                               torch.tensor([[[0.25, -0.25, 0.1]]]))
    # mean square 0.01 is 20 dB; (3, 4) has 12.5
    noise = Noise(torch.tensor([[[3., 4.]]]), min_psnr=20.)
    torch.testing.assert_close(noise.project().values,
                               torch.tensor([[[3., 4.]]]) * 0.1 / 12.5**0.5)


@pytest.mark.parametrize('limits', [
    dict(),
    dict(epsilon=0.05),
    dict(min_psnr=30.),
    dict(epsilon=0.05, min_psnr=30.),
    dict(epsilon=0.),
])
def test_project_keeps_limits_and_what_is_inside(limits):
    noise = some_noise(torch.float64, **limits)
    before = noise.values.clone()
    inside = noise.project()
    assert torch.equal(noise.values, before)
    if 'epsilon' in limits:
        assert inside.values.abs().max() <= limits['epsilon']
    if 'min_psnr' in limits:
        assert psnr(inside.values) == pytest.approx(30.)
    if not limits:
        assert torch.equal(inside.values, before)
    torch.testing.assert_close(
        inside.project().values, inside.values, rtol=1e-12, atol=0)
    half = noise.replace(inside.values / 2)
    assert torch.equal(half.project().values, half.values)


def test_copies():
    noise = some_noise(epsilon=0.1, min_psnr=20.)
    noise.values.requires_grad_()
    assert noise.clone().values.requires_grad
    assert noise.clone().values.data_ptr() != noise.values.data_ptr()
    assert not noise.detach().values.requires_grad
    moved = noise.to(torch.float64)
    assert moved.values.dtype == torch.float64
    assert (moved.epsilon, moved.min_psnr) == (0.1, 20.)
    assert repr(noise) == 'Noise(shape=(3, 7, 5), epsilon=0.1, min_psnr=20.0)'


@pytest.mark.parametrize('dtype',
                         [torch.float16, torch.float32, torch.float64])
@pytest.mark.parametrize(
    'limits',
    [dict(), dict(epsilon=16 / 255),
     dict(min_psnr=0.1 + 0.2)])
def test_round_trip(tmp_path, dtype, limits):
    noise = some_noise(dtype, **limits)
    noise.values.requires_grad_()
    noise.save(tmp_path / 'a' / 'n.npz')
    loaded = Noise.load(str(tmp_path / 'a' / 'n.npz'))
    assert torch.equal(loaded.values, noise.values)
    assert loaded.values.dtype == dtype and not loaded.values.requires_grad
    assert (loaded.epsilon, loaded.min_psnr) == (noise.epsilon, noise.min_psnr)
    assert os.listdir(tmp_path / 'a') == ['n.npz']
    loaded.values += 1  # can be written to


class Touch:
    """A pickle that makes a file when it is read."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f'touch {self.path}', )


def test_no_pickle_is_run(tmp_path):
    path, trace = tmp_path / 'evil.npz', tmp_path / 'trace'
    for name in ('values', 'limits'):
        arrays = dict(values=np.zeros((3, 2, 2)), limits=np.full(2, np.nan))
        arrays[name] = np.array([Touch(trace)], object)
        np.savez(path, **arrays)
        with pytest.raises(ValueError, match='not a file of noise.*pickle'):
            Noise.load(path)
    path.write_bytes(pickle.dumps(Touch(trace)))
    with pytest.raises(ValueError, match='not a file of noise'):
        Noise.load(path)
    assert not trace.exists()


@pytest.mark.parametrize('change, message', [
    (dict(values=None), r"values is not a file"),
    (dict(values=np.zeros((3, 2))), r'floats of shape \(3, H, W\)'),
    (dict(values=np.zeros((3, 2, 2), int)), r'floats of shape \(3, H, W\)'),
    (dict(limits=np.zeros(3)), 'too many values'),
    (dict(limits=np.array([-1., 0.])), '`epsilon` must be'),
    (dict(limits=np.array([1., np.inf])), '`min_psnr` must be'),
])
def test_wrong_content(tmp_path, change, message):
    arrays = dict(values=np.zeros((3, 2, 2)), limits=np.full(2, np.nan))
    arrays = {k: v for k, v in {**arrays, **change}.items() if v is not None}
    np.savez(tmp_path / 'f.npz', **arrays)
    with pytest.raises(ValueError, match=f'f.npz is not.*: .*{message}'):
        Noise.load(tmp_path / 'f.npz')


def test_cut_and_missing_files(tmp_path):
    path = tmp_path / 'n.npz'
    some_noise().save(path)
    content = path.read_bytes()
    for size in range(0, len(content), 23):
        path.write_bytes(content[:size])
        with pytest.raises(ValueError, match='is not a file of noise'):
            Noise.load(path)
    with pytest.raises(FileNotFoundError, match='no noise file at .*x.npz'):
        Noise.load(tmp_path / 'x.npz')
    with pytest.raises(TypeError, match='bfloat16.*float32'):
        some_noise(torch.bfloat16).save(path)


@pytest.mark.parametrize('values', [
    torch.zeros(3, 4),
    torch.zeros(1, 3, 4, 4),
    torch.zeros(3, 4, 4, dtype=torch.uint8),
    [1., 2.],
])
def test_bad_values(values):
    with pytest.raises(ValueError, match='`values` must be floats of shape'):
        Noise(values)
