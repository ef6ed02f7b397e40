"""What job scripts start, with launchers that only tell."""
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.test_tools.run_tool import load_tool

TOOLS = Path(__file__).parents[2] / 'tools'


@pytest.fixture
def told(tmp_path):
    """Call a script; its ``srun`` and ``python`` print their arguments."""
    for name in ('srun', 'python'):
        (tmp_path / name).write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
        (tmp_path / name).chmod(0o755)

    def call(script, *args, **variables):
        env = {
            key: value
            for key, value in os.environ.items() if not key.startswith('GPUS')
        }
        env.update(variables, PATH=f'{tmp_path}:{env["PATH"]}')
        return subprocess.run(['bash', TOOLS / script, *args],
                              env=env,
                              check=True,
                              capture_output=True,
                              text=True).stdout.splitlines()

    return call


@pytest.mark.parametrize('gpus, a_node, wanted', [
    (None, None, (8, 8)),
    ('2', None, (2, 2)),
    ('1', '4', (1, 1)),
    ('16', None, (16, 8)),
    ('16', '4', (16, 4)),
])
def test_a_job_asks_for_as_many_gpus_as_it_uses(told, gpus, a_node, wanted):
    variables = dict(GPUS=gpus, GPUS_PER_NODE=a_node)
    said = told('slurm_attack.sh', 'part', 'job', 'config.py', **{
        k: v
        for k, v in variables.items() if v is not None
    })
    tasks, node = wanted
    assert f'--ntasks={tasks}' in said
    assert f'--gres=gpu:{node}' in said
    assert f'--ntasks-per-node={node}' in said


@pytest.mark.parametrize('script, before, launcher', [
    ('dist_attack.sh', ('config.py', '2'), 'pytorch'),
    ('slurm_attack.sh', ('part', 'job', 'config.py'), 'slurm'),
])
@pytest.mark.parametrize('checkpoint', [None, 'weights.pth'])
def test_arguments_reach_the_tool(told, monkeypatch, script, before, launcher,
                                  checkpoint):
    given = [] if checkpoint is None else [checkpoint]
    said = told(script, *before, *given, '--work-dir', 'a folder',
                '--cfg-options', 'x=1', 'y=2')
    place = [word.endswith('attack.py') for word in said].index(True)
    monkeypatch.setattr('sys.argv', said[place:])
    args = load_tool('attack.py').parse_args()
    assert (args.config, args.checkpoint) == ('config.py', checkpoint)
    assert args.launcher == launcher
    assert args.work_dir == 'a folder'
    assert args.cfg_options == dict(x=1, y=2)


@pytest.fixture
def launched(tmp_path):
    """Run ``dist_attack.sh`` with a launcher that does what it is told."""

    def start(script):
        path = tmp_path / 'python'
        path.write_text(f'#!/bin/bash\n{script}\n')
        path.chmod(0o755)
        env = dict(os.environ, PATH=f'{tmp_path}:{os.environ["PATH"]}')
        return subprocess.Popen(
            ['bash', TOOLS / 'dist_attack.sh', 'config.py', '2'],
            env=env,
            # a program in the background has it ignored
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            stdout=subprocess.PIPE,
            text=True)

    return start


@pytest.mark.parametrize('script, code', [
    ('exit 0', 0),
    ('exit 7', 7),
    ('echo 3 >$MMADVRAIN_EXIT_FILE; exit 0', 3),
    ('echo 1 >$MMADVRAIN_EXIT_FILE; exit 5', 1),
])
def test_the_exit_code_is_that_of_the_tool(launched, script, code):
    assert launched(script).wait() == code


def test_what_the_tool_writes_its_code_to_is_removed(launched):
    job = launched('echo $MMADVRAIN_EXIT_FILE')
    path = Path(job.communicate()[0].strip())
    assert path.is_absolute() and not path.exists()


@pytest.mark.parametrize('number, code', [(signal.SIGTERM, 143),
                                          (signal.SIGINT, 130)])
def test_a_signal_reaches_the_launcher(launched, number, code):
    job = launched('trap "echo told; exit 1" TERM; echo ready\n'
                   'for i in {1..2000}; do sleep 0.01; done')
    assert job.stdout.readline() == 'ready\n'
    job.send_signal(number)
    assert job.stdout.readline() == 'told\n'
    assert job.wait() == code
