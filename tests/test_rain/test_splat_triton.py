"""Triton's kernels against the plain splat, in Triton's interpreter.

The interpreter says nothing of a GPU's compiler; the last test compiles the
kernels for some, without running them.
"""
import os
import subprocess
import sys
import warnings

import pytest
import torch

from mmadvrain.rain import streak_op as choice
from mmadvrain.rain.streak_op import splat, splat_adjoint

pytest.importorskip('triton', reason='Triton is not installed')
kernels = pytest.importorskip('mmadvrain.rain.splat_triton')


@pytest.fixture
def device():
    return torch.device('cuda:0' if torch.cuda.is_available() else 'cpu')


@pytest.mark.parametrize('channels, copies, knots, pixels, dtype', [
    (1, 1, 1, 1, torch.float32),
    (1, 50, 5, 133, torch.float32),
    (3, 37, 30, 70, torch.float64),
    (2, 0, 3, 4, torch.float32),
])
def test_equal_the_plain_form(channels, copies, knots, pixels, dtype, device):
    generator = torch.Generator().manual_seed(0)
    area = 900

    def rand(*shape):
        return torch.rand(*shape, generator=generator, dtype=dtype).to(device)

    weights, basis = rand(channels, copies, knots), rand(knots, pixels)
    origin = torch.randint(0, 700, (copies, ), generator=generator).to(device)
    reach = torch.randperm(200, generator=generator)[:pixels].to(device)
    # gradients seldom come laid out as they are read
    grad = rand(area, channels).t()
    rest = weights, basis, origin, reach
    found = (kernels.splat(*rest, area), *kernels.splat_adjoint(grad, *rest))
    wanted = (splat(*rest, area), *splat_adjoint(grad, *rest))
    for one, other in zip(found, wanted):
        assert one.dtype is dtype
        torch.testing.assert_close(one, other)


def test_kernels_that_agree_are_taken(device):
    choice.triton_splat.cache_clear()
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        form = choice.triton_splat(device)
    assert form.forward is kernels.splat


@pytest.mark.parametrize('name', ['splat', 'splat_adjoint'])
@pytest.mark.parametrize('fault', ['raises', 'differs'])
def test_kernels_that_fail_are_not(name, fault, monkeypatch, device):
    good = getattr(kernels, name)

    def bad(*args):
        if fault == 'raises':
            raise RuntimeError('no compiler')
        found = good(*args)
        return found * 2 if name == 'splat' else (found[0], found[1] * 2)

    monkeypatch.setattr(kernels, name, bad)
    choice.triton_splat.cache_clear()
    with pytest.warns(UserWarning, match='without Triton'):
        form = choice.triton_splat(device)
    choice.triton_splat.cache_clear()
    assert form.forward is splat and form.adjoint is splat_adjoint


def test_deterministic_mode_and_a_cpu_take_the_plain_form(monkeypatch):

    class OnGpu:
        is_cuda = True
        device = torch.device('cpu')

    chosen = choice.Splat(kernels.splat, kernels.splat_adjoint)
    monkeypatch.setattr(choice, 'triton_splat', lambda device: chosen)
    assert choice.choose_splat(OnGpu()) is chosen
    assert choice.choose_splat(torch.zeros(1)).forward is splat
    torch.use_deterministic_algorithms(True)
    try:
        assert choice.choose_splat(OnGpu()).forward is splat
    finally:
        torch.use_deterministic_algorithms(False)


def test_kernels_compile_for_gpus(tmp_path):
    environment = dict(os.environ, TRITON_CACHE_DIR=str(tmp_path))
    environment.pop('TRITON_INTERPRET', None)
    printed = subprocess.run([sys.executable, '-m', 'tests.compile_kernels'],
                             env=environment,
                             check=True,
                             capture_output=True,
                             text=True).stdout
    sizes = [int(line.split()[-1]) for line in printed.splitlines()]
    assert len(sizes) == 8 and min(sizes) > 1000
