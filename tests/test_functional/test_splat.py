"""The splat against a literal double loop, and what it keeps."""
import pytest
import torch

from mmadvrain.functional.splat import gather, splat


def parts(channels=2, copies=5, basis=3, reach=4, area=40):
    generator = torch.Generator().manual_seed(0)

    def rand(*shape):
        return torch.rand(*shape, generator=generator, dtype=torch.float64)

    origin = torch.randint(0, 30, (copies, ), generator=generator)
    offsets = torch.tensor([0, 1, 3, 9])[:reach]
    return rand(channels, copies, basis), rand(basis,
                                               reach), origin, offsets, area


def test_equals_a_loop_over_copies():
    weights, basis, origin, reach, area = parts()
    expected = torch.zeros(2, area, dtype=torch.float64)
    for c in range(2):
        for p, start in enumerate(origin.tolist()):
            for u, offset in enumerate(reach.tolist()):
                expected[c, start + offset] += weights[c, p] @ basis[:, u]
    torch.testing.assert_close(
        splat(weights, basis, origin, reach, area),
        expected,
        rtol=0,
        atol=1e-14)


def test_gather_is_its_adjoint():
    weights, basis, origin, reach, area = parts()
    grad = torch.rand(2, area, dtype=torch.float64)
    forward = (splat(weights, basis, origin, reach, area) * grad).sum()
    adjoint = (gather(grad, origin, reach) * (weights @ basis)).sum()
    torch.testing.assert_close(forward, adjoint)


@pytest.mark.parametrize('wanted', [(True, True), (True, False),
                                    (False, True)])
def test_gradcheck(wanted):
    weights, basis, *rest = parts()
    weights.requires_grad_(wanted[0])
    basis.requires_grad_(wanted[1])
    assert torch.autograd.gradcheck(lambda w, b: splat(w, b, *rest),
                                    (weights, basis))


def test_keeps_nothing_that_grows_with_the_product():
    weights, basis, origin, reach, area = parts(copies=30)
    kept = []

    def pack(tensor):
        kept.append(tensor.numel())
        return tensor

    weights.requires_grad_()
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        splat(weights, basis, origin, reach, area)
    assert sorted(kept) == sorted(
        [weights.numel(), basis.numel(), 30,
         len(reach)])


def test_repeats_every_bit_in_deterministic_mode():
    weights, basis, origin, reach, area = parts()
    first = splat(weights, basis, origin, reach, area)
    torch.use_deterministic_algorithms(True)
    try:
        weights.requires_grad_()
        again = splat(weights, basis, origin, reach, area)
        grads = [
            torch.autograd.grad(again.sum(), weights, retain_graph=True)[0]
            for _ in range(2)
        ]
    finally:
        torch.use_deterministic_algorithms(False)
    assert torch.equal(first, again)
    assert torch.equal(*grads)
