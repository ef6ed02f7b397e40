"""What a model remembers in Python is put back, object by object."""
from collections import deque

import numpy as np
import torch
from mmengine.config import ConfigDict
from torch import nn

from mmadvrain.utils.frozen import frozen
from mmadvrain.utils.model_state import ModelState


class Sampler:
    """No module, and yet it moves a threshold."""

    def __init__(self):
        self.threshold = 0.5
        self.seen = deque([1], maxlen=3)


class Adaptive(nn.Module):
    """Keeps a history in all the forms that heads keep one in."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Module()
        self.inner.sampler = Sampler()
        self.history, self.names, self.table = [], set(), np.zeros(2)
        self.anchors = torch.zeros(2)
        self.cfg = ConfigDict(rcnn=dict(iou=0.5))
        self.with_cp = True
        self.register_buffer('sums', torch.zeros(1))

    def forward(self, x):
        self.inner.sampler.threshold += 0.1
        self.inner.sampler.seen.append(2)
        self.history.append(float(x.sum()))
        self.names.add('x')
        self.table += 1
        self.anchors += 1
        self.cfg.rcnn.iou = 0.7
        self.sums += 1
        self.new = 1
        self.seen_cp = self.with_cp
        return x * 2


def memory(model):
    sampler = model.inner.sampler
    return (sampler.threshold, list(sampler.seen), list(model.history),
            set(model.names), model.table.tolist(), model.anchors.tolist(),
            model.cfg.to_dict(), model.sums.tolist(), hasattr(model, 'new'))


def test_everything_is_put_back_into_the_same_objects():
    model = Adaptive()
    before, objects = memory(model), (model.history, model.inner.sampler.seen,
                                      model.cfg.rcnn, model.anchors)
    state = ModelState(model)
    model(torch.ones(1))
    assert all(a != b for a, b in zip(memory(model), before))
    state.restore()
    assert memory(model) == before
    after = (model.history, model.inner.sampler.seen, model.cfg.rcnn,
             model.anchors)
    assert all(a is b for a, b in zip(objects, after))


def test_frozen_puts_it_back_and_keeps_activations():
    model = Adaptive()
    before, seen = memory(model), []
    with frozen(model):
        model(torch.ones(1))
        seen.append(model.seen_cp)
    assert memory(model) == before and seen == [False] and model.with_cp
