"""The study tool, by its arguments and as a whole."""
import sys

import pytest
from mmengine.config import Config

from mmadvrain.apis.load_plan import load_plan
from tests.test_tools.run_tool import load_tool, run_tool
from tests.toys.made_once import toy_root, trained_weights, write_plan
from tests.toys.toy_data import write_toy_coco
from tests.toys.toy_detector import toy_attack, toy_config


@pytest.fixture
def call(monkeypatch):
    """Call the tool; what it asked for."""
    module = load_tool('study.py')
    calls = []
    monkeypatch.setattr('mmadvrain.apis.study.run_study',
                        lambda *args, **kwargs: calls.append((*args, kwargs)))

    def run(*args):
        monkeypatch.setattr(sys, 'argv', ['study.py', *map(str, args)])
        module.main()
        return calls[-1]

    return run


@pytest.fixture
def plan(tmp_path):
    toy_config(toy_root()).dump(tmp_path / 'two.py')
    return write_plan(
        tmp_path / 'plan.py',
        dict(
            sources=dict(two=dict(config='two.py')),
            victims=dict(two=dict(config='two.py')),
            attacks=dict(rain=dict()),
            sweeps=dict(a={'1': dict()}, b={'2': dict()})))


def test_arguments_are_passed_on(call, plan):
    _, options = call(plan, '--work-dir', 'w', '--jobs', 2, '--gpus', 0, 1,
                      '--trust-checkpoint', '--cfg-options',
                      'test_cfg.attack.steps=5')
    assert options == dict(
        work_dir='w',
        cfg_options={'test_cfg.attack.steps': 5},
        jobs=2,
        gpus=['0', '1'],
        trust=True)


@pytest.mark.parametrize('only, wanted', [
    ((), ['attacks', 'a', 'b']),
    (('b', ), ['b']),
    (('attacks', 'a'), ['attacks', 'a']),
])
def test_some_of_the_sweeps(call, plan, only, wanted):
    asked, _ = call(plan, *(['--only', *only] if only else []))
    assert [cell.sweep for cell in load_plan(asked).cells] == wanted


def test_a_grid_on_models_of_the_command_line(call, tmp_path):
    for name in ('one', 'two'):
        toy_config(toy_root()).dump(tmp_path / f'{name}.py')
    asked, _ = call('--source', tmp_path / 'two.py', 'w.pth', '--victim',
                    tmp_path / 'one.py', 'v.pth', '--victim',
                    tmp_path / 'two.py', '--grid',
                    'test_cfg.attack.steps=[1,2]')
    plan = load_plan(asked)
    assert [(m.name, m.checkpoint) for m in plan.sources] == [('two', 'w.pth')]
    assert [(m.name, m.checkpoint) for m in plan.victims] == [('one', 'v.pth'),
                                                              ('two', None)]
    assert [cell.x for cell in plan.cells] == [1, 2]


def test_a_source_takes_the_place_of_the_victims_too(call, plan, tmp_path):
    toy_config(toy_root()).dump(tmp_path / 'mine.py')
    asked, _ = call(plan, '--source', tmp_path / 'mine.py')
    loaded = load_plan(asked)
    assert [m.name for m in loaded.sources] == ['mine']
    assert [m.name for m in loaded.victims] == ['mine']


def test_arguments_that_do_not_fit(call, plan, capsys):
    with pytest.raises(SystemExit):
        call('--source', 'a.py')
    assert 'give a PLAN, or --source and --grid' in capsys.readouterr().err
    with pytest.raises(ValueError, match=r"no sweeps \['c'\], but .*'b'"):
        call(plan, '--only', 'c')
    with pytest.raises(FileNotFoundError, match='no plan at none.py'):
        call('none.py')


def test_leaves_tables(tmp_path):
    write_toy_coco(tmp_path)
    toy_config(
        tmp_path, load_from=str(trained_weights()),
        log_level='INFO').dump(tmp_path / 'toy.py')
    Config(
        dict(
            sources=dict(toy=dict(config='toy.py')),
            attacks=dict(rain=dict(attack=toy_attack(1))),
            test_dataloader=dict(dataset=dict(indices=2)))).dump(tmp_path /
                                                                 'plan.py')
    done = run_tool('study.py', tmp_path / 'plan.py', '--work-dir',
                    tmp_path / 'out')
    assert done.returncode == 0, done.stderr[-3000:]
    assert f'Tables are in {tmp_path / "out"}' in done.stdout + done.stderr
    for suffix in ('md', 'csv', 'tex', 'json'):
        assert (tmp_path / f'out/study.{suffix}').stat().st_size
