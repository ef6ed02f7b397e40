import pytest
from mmengine.optim import build_optim_wrapper
from torch import nn


def cfg(*names, **more):
    return dict({
        n: dict(optimizer=dict(type='SGD', lr=r))
        for n, r in names
    },
                constructor='MultiOptimWrapperConstructor',
                **more)


def test_each_part_has_its_own_optimiser():
    model = nn.ModuleDict(dict(a=nn.Linear(2, 3), b=nn.Linear(3, 1)))
    wrappers = build_optim_wrapper(model, cfg(('a', .1), ('b', .2)))
    for name, rate in (('a', .1), ('b', .2)):
        group, = wrappers[name].optimizer.param_groups
        assert group['lr'] == rate
        assert [id(p) for p in group['params']
                ] == [id(p) for p in model[name].parameters()]


def test_errors():
    model = nn.ModuleDict(dict(a=nn.Linear(2, 3)))
    with pytest.raises(ValueError, match=r"parts \['a'\].*\['b'\]"):
        build_optim_wrapper(model, cfg(('b', .2)))
    with pytest.raises(ValueError, match='at least one part'):
        build_optim_wrapper(model, cfg())
    with pytest.raises(ValueError, match='given to each part'):
        build_optim_wrapper(model, cfg(('a', .1), paramwise_cfg=dict()))
