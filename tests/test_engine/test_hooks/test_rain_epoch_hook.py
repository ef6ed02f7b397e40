from types import SimpleNamespace

import pytest

from mmadvrain.engine.hooks.rain_epoch_hook import unwrap
from mmadvrain.registry import HOOKS


class Listener:
    epoch = None

    def set_epoch(self, epoch):
        self.epoch = epoch


def runner(dataset, epoch=4):
    return SimpleNamespace(
        epoch=epoch, train_dataloader=SimpleNamespace(dataset=dataset))


def test_all_data_that_listen_are_told():
    first, second = Listener(), Listener()
    concat = SimpleNamespace(
        datasets=[SimpleNamespace(dataset=first), second,
                  object()])
    hook = HOOKS.build(dict(type='mmadvrain.RainEpochHook'))
    hook.before_train_epoch(runner(SimpleNamespace(dataset=concat)))
    assert first.epoch == second.epoch == 4
    assert len(list(unwrap(concat))) == 5


def test_nobody_listens():
    hook = HOOKS.build(dict(type='mmadvrain.RainEpochHook'))
    with pytest.raises(ValueError, match='needs training data with set_epoch'):
        hook.before_train_epoch(runner(SimpleNamespace(dataset=object())))
