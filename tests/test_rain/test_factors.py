"""What factors hold, keep and refuse, in memory and on disk."""
import io
import os
import pickle
import random
import zipfile

import numpy as np
import pytest
import torch

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


@pytest.mark.parametrize('dtype',
                         [torch.float16, torch.float32, torch.float64])
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
    factors.save(tmp_path / 'a' / '000.npz')
    loaded = RainFactors.load(str(tmp_path / 'a' / '000.npz'))
    assert same(loaded, factors)
    assert torch.equal(render_streaks(loaded), render_streaks(factors))
    assert os.listdir(tmp_path / 'a') == ['000.npz']


def test_saving_leaves_graph_and_strides_alone(tmp_path):
    kernels = torch.rand(3, 4, 2).permute(2, 1, 0).requires_grad_()
    factors = build(kernels=kernels)
    factors.save(tmp_path / 'f.npz')
    assert factors.kernels is kernels and kernels.requires_grad
    loaded = RainFactors.load(tmp_path / 'f.npz')
    assert torch.equal(loaded.kernels, kernels)
    assert not loaded.kernels.requires_grad
    loaded.kernels += 1  # can be written to


def test_overwrites_whole_or_not_at_all(tmp_path):
    path = tmp_path / 'f.npz'
    build().save(path)
    before = path.read_bytes()
    with pytest.raises(TypeError, match='`noise` is bfloat16.*float32'):
        build().to(torch.bfloat16).save(path)
    assert path.read_bytes() == before
    build(size_hw=(9, 9)).save(path)
    assert RainFactors.load(path).size_hw == (9, 9)
    assert os.listdir(tmp_path) == ['f.npz']


@pytest.fixture
def arrays(tmp_path):
    some_factors((20, 30), knots=5).save(tmp_path / 'good.npz')
    with np.load(tmp_path / 'good.npz') as archive:
        return dict(archive)


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match='no factor file at .*x.npz'):
        RainFactors.load(tmp_path / 'x.npz')
    with pytest.raises(FileNotFoundError, match='no factor file'):
        RainFactors.load(tmp_path)


@pytest.mark.parametrize('name', [*ARRAYS, 'meta', 'bounds', 'unknown'])
def test_no_pickle_is_run(tmp_path, arrays, name):
    path, trace = tmp_path / 'evil.npz', tmp_path / 'trace'
    np.savez(path, **{**arrays, name: np.array([Touch(trace)], object)})
    with pytest.raises(ValueError, match='not a file of rain factors.*pickle'):
        RainFactors.load(path)
    path.write_bytes(pickle.dumps(Touch(trace)))
    with pytest.raises(ValueError, match='not a file of rain factors'):
        RainFactors.load(path)
    assert not trace.exists()


@pytest.mark.parametrize('change, message', [
    (dict(noise=None), r"has no \['noise'\]"),
    (dict(meta=None, bounds=None), r"has no \['bounds', 'meta'\]"),
    (dict(noise=np.ones(4)), '`noise` must have shape'),
    (dict(noise=np.array(['a'])), "can't convert np.ndarray"),
    (dict(positions=np.full((9, 2), 99)), 'inside the image'),
    (dict(positions=np.zeros((9, 2), np.int32)), 'must be int64'),
    (dict(meta=np.array([20, 30, 4])), 'not enough values'),
    (dict(meta=np.array([0, 30, 4, 3])), '`size_hw` must be positive'),
    (dict(meta=np.array([20, 30, -4, 3])), '`steps`'),
    (dict(bounds=np.zeros(9)), 'too many values'),
    (dict(bounds=np.full(7, np.nan)), 'bounds of `noise`'),
])
def test_wrong_content(tmp_path, arrays, change, message):
    content = {k: v for k, v in {**arrays, **change}.items() if v is not None}
    np.savez(tmp_path / 'f.npz', **content)
    with pytest.raises(ValueError, match=f'f.npz is not.*: .*{message}'):
        RainFactors.load(tmp_path / 'f.npz')


def load_or_value_error(path):
    try:
        RainFactors.load(path)
    except ValueError as error:
        assert 'is not a file of rain factors' in str(error)
        return False
    return True


def test_other_files(tmp_path, arrays):
    path = tmp_path / 'f.npz'
    for content in (b'', b'PK\x03\x04', b'\x93NUMPY', b'\x80\x04.', b'a' * 99):
        path.write_bytes(content)
        assert not load_or_value_error(path)
    with path.open('wb') as file:
        np.save(file, arrays['noise'])
    assert not load_or_value_error(path)
    torch.save(dict(noise=torch.ones(1)), path)
    assert not load_or_value_error(path)


def test_cut_file(tmp_path):
    good, cut = tmp_path / 'good.npz', tmp_path / 'cut.npz'
    some_factors().save(good)
    content = good.read_bytes()
    for size in range(0, len(content), 23):
        cut.write_bytes(content[:size])
        assert not load_or_value_error(cut)


@pytest.mark.parametrize('save', [np.savez, np.savez_compressed])
def test_damaged_file(tmp_path, arrays, save):
    path = tmp_path / 'f.npz'
    save(path, **arrays)
    content = path.read_bytes()
    rng = random.Random(0)
    refused = 0
    for _ in range(300):
        damaged = bytearray(content)
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        refused += not load_or_value_error(path)
    # a date in the archive may change unseen, the content may not
    assert refused > 150


@pytest.mark.parametrize('count', [10**14, 10**30])
def test_claims_more_than_memory_holds(tmp_path, arrays, count):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, dict(descr='<f8', fortran_order=False, shape=(count, )))
    good, path = tmp_path / 'good.npz', tmp_path / 'f.npz'
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(path, 'w') as out:
        for name in source.namelist():
            is_noise = name == 'noise.npy'
            out.writestr(name,
                         header.getvalue() if is_noise else source.read(name))
    assert not load_or_value_error(path)
