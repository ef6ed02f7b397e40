"""The set-up fails early, with a sentence that says what to do."""
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / 'tools' / 'setup_env.sh'


@pytest.fixture
def run(tmp_path):
    """Run the script on an environment in a folder of the test's own."""

    def call(**variables):
        path = f'{tmp_path / "bin"}:{os.environ["PATH"]}'
        kept = {
            key: value
            for key, value in os.environ.items()
            if key not in ('STACK', 'OPS', 'PYTHON', 'VENV', 'TORCH_SPEC')
        }
        done = subprocess.run(['bash', str(SCRIPT)],
                              env={
                                  **kept, 'PATH': path,
                                  'VENV': str(tmp_path / 'env'),
                                  **variables
                              },
                              capture_output=True,
                              text=True,
                              check=False,
                              timeout=120)
        return done.returncode, ' '.join((done.stdout + done.stderr).split())

    (tmp_path / 'bin').mkdir()
    return call


def fake_command(folder, name, output):
    path = folder / name
    path.write_text(f'#!/bin/sh\nprintf "%b\\n" "{output}"\n')
    path.chmod(0o755)
    return str(path)


def bare_env(folder):
    venv.create(folder, symlinks=True, with_pip=False)
    version = 'python%d.%d' % sys.version_info[:2]
    return folder / 'lib' / version / 'site-packages'


@pytest.mark.parametrize(
    'script', ['tools/setup_env.sh', '.ci/run'], ids=['setup_env', 'ci'])
def test_scripts_are_sound(script):
    path = ROOT / script
    assert os.access(path, os.X_OK)
    subprocess.run(['bash', '-n', str(path)], check=True)


def test_unknown_stack(run):
    code, said = run(STACK='mmseg')
    assert code == 2
    assert "STACK is onedl or openmmlab, but it is 'mmseg'" in said


def test_unknown_operators(run):
    code, said = run(OPS='none')
    assert code == 2
    assert "OPS is auto or all, but it is 'none'" in said


def test_python_that_is_not_there(run, tmp_path):
    code, said = run(PYTHON='/nowhere/python')
    assert code == 1
    assert ('PYTHON=/nowhere/python should be a Python 3.10, 3.11 or 3.12, '
            'but it is no Python at all') in said
    assert not (tmp_path / 'env').exists()


def test_python_of_another_release(run, tmp_path):
    old = fake_command(tmp_path, 'python3.8', '3.8')
    code, said = run(PYTHON=old)
    assert code == 1
    assert 'should be a Python 3.10, 3.11 or 3.12, but it is 3.8.' in said


def test_no_python_fits(run, tmp_path):
    for name in ('python3', 'python3.12', 'python3.11', 'python3.10',
                 'python'):
        fake_command(tmp_path / 'bin', name, '3.14')
    code, said = run()
    assert code == 1
    assert 'none was found ( python3 is 3.14;' in said
    assert 'make setup PYTHON=/path/python' in said


def test_folder_of_something_else(run, tmp_path):
    (tmp_path / 'env').mkdir()
    precious = tmp_path / 'env' / 'thesis.txt'
    precious.write_text('all of it')
    code, said = run()
    assert code == 1
    assert 'is there but is no Python environment' in said
    assert precious.read_text() == 'all of it'


def test_environment_of_another_release(run, tmp_path):
    bare_env(tmp_path / 'env')
    other = fake_command(tmp_path, 'other', '3.1')
    code, said = run(PYTHON=other)
    assert code == 1
    assert f'but PYTHON={other} is 3.1.' in said


@pytest.mark.parametrize('stack,name', [('onedl', 'mmdet'),
                                        ('openmmlab', 'onedl-mmcv')])
def test_other_family_in_the_environment(run, tmp_path, stack, name):
    site = bare_env(tmp_path / 'env')
    folder = site / f'{name.replace("-", "_")}-3.3.0.dist-info'
    folder.mkdir()
    (folder / 'METADATA').write_text(f'Name: {name}\nVersion: 3.3.0\n')
    code, said = run(STACK=stack)
    assert code == 1
    assert f"holds {name}, which overwrites files of the stack '{stack}'" in (
        said)


def test_full_disk(run, tmp_path):
    bare_env(tmp_path / 'env')
    fake_command(
        tmp_path / 'bin', 'df',
        'Filesystem 1024-blocks Used Available\\n/dev 9 9 3145728 9%')
    code, said = run()
    assert code == 1
    assert 'needs about 6 GB of disk' in said
    assert 'has 3 GB free' in said


def test_lock_of_a_dead_process_is_taken_over(run, tmp_path):
    lock = tmp_path / 'env.lock'
    lock.mkdir()
    with subprocess.Popen(['true']) as process:
        process.wait()
    (lock / 'pid').write_text(str(process.pid))
    code, said = run(PYTHON='/nowhere/python')
    assert code == 1
    assert 'no Python at all' in said
    assert not lock.exists()


def test_make_lists_its_targets():
    done = subprocess.run(['make', '-C', str(ROOT), 'help'],
                          capture_output=True,
                          text=True,
                          check=True)
    for target in ('setup', 'attack', 'test', 'lint', 'clean'):
        assert f'make {target} ' in done.stdout


@pytest.mark.parametrize('target,operators', [('attack', 'auto'),
                                              ('test', 'all')])
def test_only_tests_compile_operators(tmp_path, target, operators):
    """The first command of the README is done in minutes."""
    script = tmp_path / 'setup_env.sh'
    script.write_text('#!/bin/sh\necho "OPS=${OPS:-auto}"\nexit 1\n')
    script.chmod(0o755)
    text = (ROOT / 'Makefile').read_text()
    (tmp_path / 'Makefile').write_text(
        text.replace('tools/setup_env.sh', str(script)))
    kept = {key: x for key, x in os.environ.items() if key != 'OPS'}
    done = subprocess.run(['make', '-C', str(tmp_path), target],
                          env=kept,
                          capture_output=True,
                          text=True)
    assert f'OPS={operators}\n' in done.stdout


@pytest.mark.parametrize('target,command', [
    ('test', 'python -m pytest'),
    ('attack', 'python tools/attack.py configs/demo/'),
])
def test_targets_set_up_first(target, command):
    """Both commands of the README start with the environment."""
    done = subprocess.run(
        ['make', '-C', str(ROOT), '--dry-run', target],
        capture_output=True,
        text=True,
        check=True)
    before, _, after = done.stdout.partition('tools/setup_env.sh')
    assert command not in before
    assert command in after
    assert 'make test' in (ROOT / '.ci' / 'run').read_text()
