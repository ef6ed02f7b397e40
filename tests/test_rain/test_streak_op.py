"""What the dispatcher and the compiler see of the renderer."""
import pytest
import torch

from mmadvrain.rain.streak_op import streaks, streaks_backward
from mmadvrain.rain.streaks import render_streaks
from tests.literal_rain import some_factors

FLOATS = ('noise', 'theta', 'kernels')


def arguments(factors):
    return (factors.noise, factors.theta, factors.kernels, factors.positions,
            factors.steps)


@pytest.mark.parametrize('knots', [None, 3])
def test_operators_keep_their_promises(knots):
    factors = some_factors((9, 14), drops=6, knots=knots)
    tests = ('test_schema', 'test_autograd_registration', 'test_faketensor')
    torch.library.opcheck(
        streaks, (*arguments(factors), 9, 14), test_utils=tests)
    grad = torch.ones(1 if knots else 3, 9, 14, dtype=torch.float64)
    torch.library.opcheck(
        streaks_backward, (grad, *arguments(factors)), test_utils=tests)


@pytest.mark.parametrize('knots', [None, 3])
def test_compiled_renderer_is_the_same(knots):
    factors = some_factors((9, 14), drops=6, knots=knots)
    found = []
    for render in (render_streaks,
                   torch.compile(
                       render_streaks, backend='aot_eager', fullgraph=True)):
        leaves = factors.clone()
        values = [getattr(leaves, name).requires_grad_() for name in FLOATS]
        layer = render(leaves)
        found.append(
            (layer, *torch.autograd.grad(layer.square().sum(), values)))
    for plain, compiled in zip(*found):
        assert plain.any() and torch.equal(plain, compiled)


def test_keeps_nothing_but_factors():
    factors = some_factors((30, 40), drops=20, knots=3)
    factors.noise.requires_grad_()
    kept = []

    def pack(tensor):
        kept.append(tensor.data_ptr())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        render_streaks(factors)
    names = ('positions', *FLOATS)
    assert set(kept) == {getattr(factors, n).data_ptr() for n in names}


def test_differentiable_once():
    factors = some_factors((9, 14), drops=6, knots=3)
    factors.noise.requires_grad_()
    layer = render_streaks(factors)
    grad, = torch.autograd.grad(
        layer.square().sum(), factors.noise, create_graph=True)
    with pytest.raises(RuntimeError, match='no autograd formula'):
        grad.sum().backward()
