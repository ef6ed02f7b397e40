"""The splat against a literal double loop, and its adjoint."""
import torch

from mmadvrain.rain.streak_op import splat, splat_adjoint


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


def test_adjoint_of_a_bilinear_map():
    weights, basis, *rest = parts()
    grad = torch.rand(2, 40, dtype=torch.float64)
    for_weights, for_basis = splat_adjoint(grad, weights, basis, *rest[:2])
    assert for_weights.shape == weights.shape
    assert for_basis.shape == basis.shape
    # every entry on its own moves the inner product by its gradient
    for values, found in ((weights, for_weights), (basis, for_basis)):
        for index in range(values.numel()):
            unit = torch.zeros_like(values)
            unit.view(-1)[index] = 1
            pair = (unit, basis) if values is weights else (weights, unit)
            torch.testing.assert_close((splat(*pair, *rest) * grad).sum(),
                                       found.reshape(-1)[index])


def test_repeats_every_bit_in_deterministic_mode():
    weights, basis, origin, reach, area = parts()
    first = splat(weights, basis, origin, reach, area)
    torch.use_deterministic_algorithms(True)
    try:
        again = splat(weights, basis, origin, reach, area)
        adjoint = splat_adjoint(first, weights, basis, origin, reach)
    finally:
        torch.use_deterministic_algorithms(False)
    assert torch.equal(first, again)
    for one, other in zip(adjoint,
                          splat_adjoint(first, weights, basis, origin, reach)):
        assert torch.equal(one, other)
