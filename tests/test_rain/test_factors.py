"""What factors hold, keep and refuse, in memory and on disk."""
import json
import os
import pickle

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from mmadvrain.rain.bounds import RainBounds
from mmadvrain.rain.factors import RainFactors
from mmadvrain.rain.streaks import render_streaks
from tests.literal_rain import some_factors

ARRAYS = ('positions', 'noise', 'theta', 'kernels')
FLOATS = ARRAYS[1:]


def same(one: RainFactors, other: RainFactors) -> bool:
    """Equal in every bit and type."""
    return all(
        getattr(one, n).dtype == getattr(other, n).dtype
        and torch.equal(getattr(one, n), getattr(other, n))
        for n in ARRAYS) and all(
            getattr(one, n) == getattr(other, n)
            for n in ('size_hw', 'bounds', 'steps', 'channels'))


def build(**changes):
    """Factors of two drops in which some arguments are changed."""
    return RainFactors(
        **{
            **dict(
                positions=torch.tensor([[0, 1], [3, 4]]),
                noise=torch.ones(2),
                theta=torch.zeros(2),
                kernels=torch.full((2, 4, 3), 0.1),
                size_hw=(4, 5)),
            **changes
        })


def test_read_off_the_shape():
    factors = build()
    assert len(factors) == 2 and not factors.is_smooth
    assert (factors.steps, factors.channels) == (3, 3)
    assert factors.bounds == RainBounds()
    assert factors.expanded_kernels() is factors.kernels
    assert repr(factors) == (
        'RainFactors(drops=2, theta=[0.0, 0.0], steps=3, size_hw=(4, 5), '
        'kernels=(2, 4, 3))')


def test_profiles_expand():
    factors = build(
        kernels=torch.tensor([[0., 0.2], [0.3, 0.1]]), steps=2, channels=1)
    assert factors.is_smooth and factors.channels == 1
    torch.testing.assert_close(factors.expanded_kernels()[..., 0],
                               torch.tensor([[0., 0.1, 0.2], [0.3, 0.2, 0.1]]))
    assert build(kernels=torch.zeros(2, 2), steps=2).expanded_kernels().shape \
        == (2, 3, 3)


def test_bounds_from_a_config():
    assert build(bounds=dict(theta=0.4)).bounds == RainBounds(theta=0.4)


@pytest.mark.parametrize('changes, message', [
    (dict(size_hw=(0, 5)), r'`size_hw` must be positive, got \(0, 5\)'),
    (dict(kernels=[[0.1], [0.2]]), '`kernels` must be a Tensor.*list'),
    (dict(noise=np.ones(2)), '`noise` must be a Tensor, but got ndarray'),
    (dict(positions=torch.zeros(2, 3).long()),
     r'`positions` must be int64 of shape \(P, 2\).*\(2, 3\)'),
    (dict(positions=torch.zeros(2, 2)), 'must be int64.*float32'),
    (dict(positions=torch.tensor(3)), r'shape \(P, 2\)'),
    (dict(noise=torch.ones(3)), r'`noise` must have shape \(2,\).*\(3,\)'),
    (dict(theta=torch.zeros(3)), r'\(theta_x, theta_y\).*\(3,\)'),
    (dict(kernels=torch.zeros(2)), r'`kernels` must have shape \(2, steps'),
    (dict(kernels=torch.zeros(3, 4, 3)), r'but got \(3, 4, 3\)'),
    (dict(kernels=torch.zeros(2, 0), steps=3), r'but got \(2, 0\)'),
    (dict(kernels=torch.zeros(2, 0, 3)), r'but got \(2, 0, 3\)'),
    (dict(kernels=torch.zeros(2, 4, 0)), r'but got \(2, 4, 0\)'),
    (dict(kernels=torch.zeros(2, 5), steps=3, channels=0), '0 channels'),
    (dict(steps=7), r'7 steps.*\(2, 8, 3\), but got \(2, 4, 3\)'),
    (dict(channels=1), r'1 channels must have shape \(2, 4, 1\)'),
    (dict(kernels=torch.zeros(2, 5)), '`steps`.*must be given.*None'),
    (dict(kernels=torch.zeros(2, 5), steps=-1), '`steps`.*-1'),
    (dict(noise=torch.ones(2).long()), 'one floating type.*int64'),
    (dict(theta=torch.zeros(2).double()), '`theta` is torch.float64 and'),
    (dict(theta=torch.zeros(2, device='meta')), 'one device.*meta'),
    (dict(positions=torch.tensor([[0, 0], [4, 0]])),
     r'inside the image of \(4, 5\) pixels, but positions span .*\[4, 0\]'),
    (dict(positions=torch.tensor([[0, 0], [0, 5]])), 'inside the image'),
    (dict(positions=torch.tensor([[0, -1], [0, 0]])), 'inside the image'),
])
def test_errors(changes, message):
    with pytest.raises(ValueError, match=message):
        build(**changes)


def test_clone_shares_nothing_and_stays_in_the_graph():
    factors = build(noise=torch.ones(2, requires_grad=True))
    copy = factors.clone()
    assert same(copy, factors)
    for name in ARRAYS:
        assert getattr(copy, name).data_ptr() != \
            getattr(factors, name).data_ptr()
    grad, = torch.autograd.grad(copy.noise.sum(), factors.noise)
    assert grad.tolist() == [1, 1]


def test_detach():
    factors = build(noise=torch.ones(2, requires_grad=True))
    detached = factors.detach()
    assert not detached.noise.requires_grad and factors.noise.requires_grad
    assert same(detached, factors)


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision_keeps_positions(dtype):
    # neither type holds these numbers
    positions = torch.tensor([[2049, 257], [4097, 513]])
    factors = build(positions=positions, size_hw=(4099, 515))
    half = factors.to(dtype)
    assert torch.equal(half.positions, positions)
    assert half.noise.dtype == half.theta.dtype == half.kernels.dtype == dtype


def test_to_takes_what_a_tensor_takes():
    factors = build()
    for arguments in (('cpu', torch.float64), (torch.float64, ),
                      (torch.zeros(1).double(), )):
        moved = factors.to(*arguments)
        assert moved.positions.dtype == torch.int64
        assert moved.kernels.dtype == torch.float64
    assert same(factors.to(torch.device('cpu')), factors)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a GPU')
def test_to_a_gpu_and_back():
    moved = build().to('cuda')
    assert all(getattr(moved, n).is_cuda for n in ARRAYS)
    assert same(moved.to('cpu'), build())


def test_replace():
    factors = some_factors(knots=3, bounds=dict(theta=0.5))
    other = factors.replace(noise=factors.noise * 0)
    assert other.noise.sum() == 0 and factors.noise.sum() > 0
    assert same(other.replace(noise=factors.noise), factors)
    with pytest.raises(ValueError, match='`noise` must have shape'):
        factors.replace(noise=torch.zeros(1).double())


@pytest.mark.parametrize('knots', [None, 3])
def test_project(knots):
    bounds = dict(
        noise=(0.5, 0.6), kernels=(0.1, 0.2), tilt_deg=20., theta_y_min=0.1)
    wild = some_factors(
        theta=(0.7, -0.3), knots=knots, bounds=bounds, drops=50)
    kept = wild.clone()
    inside = wild.project()
    assert same(wild, kept)
    assert 0.5 <= inside.noise.min() and inside.noise.max() <= 0.6
    assert 0.1 <= inside.kernels.min() and inside.kernels.max() <= 0.2
    assert inside.theta[1] == 0.1 and 0 < inside.theta[0] < 0.1
    assert same(inside.project(), inside)
    # what was inside already is as it was
    fits = (wild.noise >= 0.5) & (wild.noise <= 0.6)
    assert torch.equal(inside.noise[fits], wild.noise[fits])


class Touch:
    """A pickle that makes a file when it is read."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f'touch {self.path}', )


@pytest.mark.parametrize(
    'dtype', [torch.bfloat16, torch.float16, torch.float32, torch.float64])
@pytest.mark.parametrize('options', [
    dict(),
    dict(knots=5, steps=53, channels=1),
    dict(drops=0),
    dict(
        knots=2,
        bounds=dict(
            noise=(0., 0.1 + 0.2), theta=1 / 3, tilt_deg=25., theta_y_min=0.1))
])
def test_round_trip(tmp_path, dtype, options):
    factors = some_factors(dtype=dtype, **options)
    factors.save(tmp_path / 'a' / '000.safetensors')
    loaded = RainFactors.load(str(tmp_path / 'a' / '000.safetensors'))
    assert same(loaded, factors)
    assert torch.equal(render_streaks(loaded), render_streaks(factors))
    assert os.listdir(tmp_path / 'a') == ['000.safetensors']


def test_saving_leaves_graph_and_strides_alone(tmp_path):
    kernels = torch.rand(3, 4, 2).permute(2, 1, 0).requires_grad_()
    factors = build(kernels=kernels)
    factors.save(tmp_path / 'f.safetensors')
    assert factors.kernels is kernels and kernels.requires_grad
    loaded = RainFactors.load(tmp_path / 'f.safetensors')
    assert torch.equal(loaded.kernels, kernels)
    assert not loaded.kernels.requires_grad
    loaded.kernels += 1  # can be written to


def test_overwrites_whole_or_not_at_all(tmp_path, monkeypatch):

    def fail(tensors, path, metadata):
        path.write_bytes(b'half')
        raise OSError('disk full')

    path = tmp_path / 'f.safetensors'
    build().save(path)
    before = path.read_bytes()
    with pytest.raises(OSError), monkeypatch.context() as patch:
        patch.setattr('mmadvrain.rain.factors.save_file', fail)
        build().save(path)
    assert path.read_bytes() == before
    build(size_hw=(9, 9)).save(path)
    assert RainFactors.load(path).size_hw == (9, 9)
    assert os.listdir(tmp_path) == ['f.safetensors']


@pytest.fixture
def content(tmp_path):
    """Tensors and metadata of a good file."""
    some_factors((20, 30), knots=5).save(tmp_path / 'good.safetensors')
    with safe_open(tmp_path / 'good.safetensors', 'pt') as file:
        tensors = {name: file.get_tensor(name) for name in ARRAYS}
        return tensors, json.loads(file.metadata()['factors'])


def test_no_file(tmp_path):
    with pytest.raises(
            FileNotFoundError, match='no factor file at .*x.safetensors'):
        RainFactors.load(tmp_path / 'x.safetensors')
    with pytest.raises(FileNotFoundError, match='no factor file'):
        RainFactors.load(tmp_path)


def test_no_pickle_is_run(tmp_path):
    path, trace = tmp_path / 'evil.safetensors', tmp_path / 'trace'
    path.write_bytes(pickle.dumps(Touch(trace)))
    with pytest.raises(ValueError, match='not a file of rain factors'):
        RainFactors.load(path)
    torch.save(dict(noise=Touch(trace)), path)
    with pytest.raises(ValueError, match='not a file of rain factors'):
        RainFactors.load(path)
    assert not trace.exists()


@pytest.mark.parametrize('change, about, message', [
    (dict(noise=None), {}, 'noise'),
    ({}, None, 'factors'),
    (dict(noise=torch.ones(4).double()), {}, '`noise` must have shape'),
    (dict(positions=torch.full((9, 2), 99)), {}, 'inside the image'),
    (dict(positions=torch.zeros(9, 2).int()), {}, 'must be int64'),
    (dict(theta=torch.zeros(2)), {}, 'must be of one floating type'),
    ({}, dict(size_hw=[20]), 'index out of range'),
    ({}, dict(size_hw=[0, 30]), '`size_hw` must be positive'),
    ({}, dict(size_hw=[2**20, 2**20]), 'at most 67108864 pixels'),
    ({}, dict(steps=-4), '`steps`'),
    ({}, dict(steps='a'), "'<' not supported"),
    ({}, dict(bounds=dict(noise=[1, 0])), 'bounds of `noise`'),
    ({}, dict(bounds=dict(hue=1)), 'hue'),
    ({}, dict(hue=1), 'hue'),
])
def test_wrong_content(tmp_path, content, change, about, message):
    tensors, meta = content
    tensors = {n: t for n, t in {**tensors, **change}.items() if t is not None}
    meta = {} if about is None else dict(factors=json.dumps({**meta, **about}))
    save_file(tensors, tmp_path / 'f.safetensors', meta)
    with pytest.raises(ValueError, match=f'f.safetensors is not.*{message}'):
        RainFactors.load(tmp_path / 'f.safetensors')


def test_files_of_equal_factors_are_equal(tmp_path):
    """Runs are compared by the sums of their files."""
    for name in ('a', 'b'):
        some_factors((20, 30), knots=5).save(tmp_path / name)
    assert (tmp_path / 'a').read_bytes() == (tmp_path / 'b').read_bytes()


def load_or_value_error(path):
    try:
        RainFactors.load(path)
    except ValueError as error:
        assert 'is not a file of rain factors' in str(error)
        return False
    return True


def test_other_files(tmp_path):
    path = tmp_path / 'f.safetensors'
    for content in (b'', b'PK\x03\x04', b'\x93NUMPY', b'\x80\x04.', b'a' * 99):
        path.write_bytes(content)
        assert not load_or_value_error(path)
    np.savez(tmp_path / 'f.npz', noise=np.ones(3))
    assert not load_or_value_error(tmp_path / 'f.npz')


def test_cut_file(tmp_path):
    good, cut = tmp_path / 'good.safetensors', tmp_path / 'cut.safetensors'
    some_factors().save(good)
    content = good.read_bytes()
    for size in range(0, len(content), 23):
        cut.write_bytes(content[:size])
        assert not load_or_value_error(cut)


def test_claims_more_than_the_file_holds(tmp_path):
    path = tmp_path / 'f.safetensors'
    for count in (10**6, 10**14, 10**30):
        header = json.dumps(
            dict(
                noise=dict(
                    dtype='F64', shape=[count], data_offsets=[0, 8 * count])))
        path.write_bytes(len(header).to_bytes(8, 'little') + header.encode())
        assert not load_or_value_error(path)
