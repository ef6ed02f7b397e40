import torch

from mmadvrain.attacks.rules import SignRule


def test_sign_by_hand():
    grad = torch.tensor([-3., 0., 1e-30, 5.])
    direction, state = SignRule()(grad, 'kept')
    assert direction.tolist() == [-1., 0., 1., 1.]
    assert state == 'kept'
    assert grad.tolist() == torch.tensor([-3., 0., 1e-30, 5.]).tolist()
