import pytest

from mmadvrain.attacks.objectives.base_objective import BaseObjective


def test_loss_has_to_be_written():
    with pytest.raises(TypeError, match='abstract'):
        BaseObjective()


def test_prepare_keeps_nothing_unless_it_is_told_to():

    class Least(BaseObjective):
        name = 'least'

        def loss(self, outputs, state):
            return outputs

    assert Least().prepare(None, []) is None
    assert not Least.needs_clean
