"""The tool hands its arguments on, and says where its tables are."""
from mmengine.config import Config

from tests.test_tools.run_tool import load_tool, run_tool
from tests.toys.made_once import trained_weights
from tests.toys.toy_data import write_toy_coco
from tests.toys.toy_detector import toy_attack, toy_config


def test_arguments_are_passed_on(monkeypatch):
    tool, seen = load_tool('transfer.py'), {}
    monkeypatch.setattr(
        tool, 'run_transfer',
        lambda *args, **kwargs: seen.update(args=args, **kwargs))
    monkeypatch.setattr('sys.argv', [
        'transfer.py', 'plan.py', '--work-dir', 'w', '--overwrite',
        '--trust-checkpoint', '--cfg-options', 'attacks.a.attack.steps=5'
    ])
    tool.main()
    assert seen == dict(
        args=('plan.py', ),
        work_dir='w',
        cfg_options={'attacks.a.attack.steps': 5},
        overwrite=True,
        trust=True)


def test_leaves_four_tables(tmp_path):
    write_toy_coco(tmp_path)
    toy_config(
        tmp_path, load_from=str(trained_weights()),
        log_level='INFO').dump(tmp_path / 'toy.py')
    Config(
        dict(
            sources=dict(toy=dict(config='toy.py')),
            attacks=dict(rain=toy_attack(1)),
            indices=2)).dump(tmp_path / 'plan.py')
    done = run_tool('transfer.py', tmp_path / 'plan.py', '--work-dir',
                    tmp_path / 'out')
    assert done.returncode == 0, done.stderr[-3000:]
    assert f'Tables are in {tmp_path / "out"}' in done.stdout + done.stderr
    for suffix in ('md', 'csv', 'tex', 'json'):
        assert (tmp_path / f'out/transfer.{suffix}').stat().st_size
