"""Killed, split and resumed runs give the bits of an uninterrupted one.

``python -m tests.forked_runs kill 20`` and ``torchrun 12`` are the long forms.
"""
import os
import subprocess
import sys

import pytest

from tests.forked_runs import has_ray
from tests.toys.made_once import trained_weights


def run(*args):
    done = subprocess.run(
        [sys.executable, '-m', 'tests.forked_runs', *map(str, args)],
        capture_output=True,
        text=True,
        env=dict(os.environ, OMP_NUM_THREADS='1'),
        check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    return done.stdout


@pytest.mark.slow
def test_killed_runs_end_in_the_same_bits():
    printed = run('kill', 3, '--weights', trained_weights())
    assert '3 kills' in printed and 'entries equal' in printed


@pytest.mark.slow
def test_batches_processes_actors_and_resumption():
    printed = run('equal', '--weights', trained_weights())
    wanted = [
        'batch size 1', 'batch size 4', '2 processes', 'resumed and repaired'
    ]
    if has_ray():
        wanted.append('2 actors')
    for what in wanted:
        assert f'{what}: ' in printed


@pytest.mark.slow
def test_torchrun_starts_processes_anew():
    printed = run('torchrun', 2, '--weights', trained_weights())
    assert '2 kills under torchrun' in printed and 'entries equal' in printed
