"""Two results share nothing."""
import torch

from mmadvrain.structures.attack_result import AttackResult


def test_flags_are_not_shared():
    first, second = (
        AttackResult(torch.zeros(3, 1, 1), None, None, {}, [], 1)
        for _ in range(2))
    first.flags.append('nan_loss')
    assert first.flags == ['nan_loss'] and second.flags == []
