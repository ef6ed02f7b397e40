import pytest
import torch

from mmadvrain.attacks.rules import MomentumRule


def test_two_steps_by_hand():
    """m1 = g1 / mean|g1|, m2 = mu * m1 + g2 / mean|g2|, on two pixels."""
    rule = MomentumRule(decay=0.5)
    first, state = rule(torch.tensor([3., -1.]), None)  # mean magnitude 2
    assert first.tolist() == [1.5, -0.5]
    second, state = rule(torch.tensor([0., 4.]), state)  # mean magnitude 2
    assert second.tolist() == [0.75, 1.75]
    assert torch.equal(second, state)


def test_zero_gradient_adds_nothing_and_stays_finite():
    rule = MomentumRule()
    first, state = rule(torch.zeros(3), None)
    assert first.tolist() == [0., 0., 0.]
    _, state = rule(torch.tensor([2., -2., 2.]), state)
    third, _ = rule(torch.zeros(3), state)
    assert third.tolist() == [1., -1., 1.]


def test_state_lies_with_the_caller():
    rule = MomentumRule()
    grad = torch.tensor([1., 3.])
    rule(grad, None)
    again, _ = rule(grad, None)
    assert again.tolist() == [0.5, 1.5]


def test_state_is_not_written_to():
    rule = MomentumRule()
    state = torch.tensor([1., 1.])
    rule(torch.tensor([1., 3.]), state)
    assert state.tolist() == [1., 1.]


def test_negative_decay():
    with pytest.raises(ValueError, match='`decay` must not be negative'):
        MomentumRule(decay=-0.1)
