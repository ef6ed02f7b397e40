"""The sweep tool, by its arguments."""
import sys

import pytest

from mmadvrain.apis.attack import prepare_config
from mmadvrain.registry import TASK_UTILS
from tests.test_tools.run_tool import ROOT, load_tool

CONFIGS = ROOT / 'configs/classify'


@pytest.fixture
def tool(monkeypatch):
    module = load_tool('ablate.py')
    calls = []
    monkeypatch.setattr(module, 'ablate', lambda *args, **kwargs: calls.append(
        (args, kwargs)))
    return module, calls


def call(module, monkeypatch, *args):
    monkeypatch.setattr(sys, 'argv', ['ablate.py', *map(str, args)])
    module.main()


def test_a_grid_on_the_command_line(tool, monkeypatch, tmp_path):
    module, calls = tool
    call(module, monkeypatch, 'a.py', 'w.pth', '--grid',
         'test_cfg.attack.steps=[1,2]', '--transfer', 'b.py', 'v.pth',
         '--transfer', 'c.py', '--match', 'l2', '--work-dir', tmp_path,
         '--jobs', 2)
    (plan, folder), options = calls[0]
    assert [cell.x for cell in plan.sweeps['grid']] == [1, 2]
    assert plan.source.checkpoint == 'w.pth'
    assert [victim.checkpoint for victim in plan.transfer] == ['v.pth', None]
    assert plan.measures == ('l2', )
    assert (folder, options['jobs']) == (tmp_path, 2)


@pytest.mark.parametrize('name, sweeps', [
    ('rain_factors', {'eps_n', 'eps_theta', 'eps_k', 'uniform'}),
    ('rules', {'rules', 'more_rules'}),
    ('looks', {'steps', 'sign', 'kernels', 'positions'}),
])
def test_every_cell_of_the_shipped_sweeps_makes_an_attack(
        tool, monkeypatch, tmp_path, name, sweeps):
    module, calls = tool
    call(module, monkeypatch, 'a.py', '--sweeps',
         CONFIGS / f'ablations/{name}.py', '--work-dir', tmp_path)
    plan = calls[0][0][0]
    assert set(plan.sweeps) == sweeps
    base = prepare_config(CONFIGS / 'advrain_mobilenet-v1_neurips17.py')
    digests = set()
    for _, cell in plan.cells():
        config = prepare_config(base, cell.options)
        TASK_UTILS.build(config.test_cfg.attack)
        assert config.test_cfg.victim.type == 'mmadvrain.ClassifierVictim'
        digests.add(str(config.test_cfg))
    assert len(digests) > 2


def test_arguments_that_contradict(tool, monkeypatch, tmp_path, capsys):
    module, _ = tool
    with pytest.raises(SystemExit):
        call(module, monkeypatch, 'a.py', '--work-dir', tmp_path)
    assert 'either --sweeps or --grid' in capsys.readouterr().err
    path = tmp_path / 'sweeps.py'
    path.write_text('sweeps = dict(a=[])')
    with pytest.raises(ValueError, match=r"no sweeps \['b'\]"):
        call(module, monkeypatch, 'a.py', '--sweeps', path, '--only', 'b',
             '--work-dir', tmp_path)
