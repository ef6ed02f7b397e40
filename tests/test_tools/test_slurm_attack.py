"""What a SLURM job asks for, with an srun that only tells."""
import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / 'tools/slurm_attack.sh'


@pytest.mark.parametrize('gpus, a_node, wanted', [
    (None, None, (8, 8)),
    ('2', None, (2, 2)),
    ('1', '4', (1, 1)),
    ('16', None, (16, 8)),
    ('16', '4', (16, 4)),
])
def test_a_job_asks_for_as_many_gpus_as_it_uses(tmp_path, gpus, a_node,
                                                wanted):
    srun = tmp_path / 'srun'
    srun.write_text('#!/bin/sh\necho "$@"\n')
    srun.chmod(0o755)
    env = {
        key: value
        for key, value in os.environ.items() if not key.startswith('GPUS')
    }
    env['PATH'] = f'{tmp_path}:{env["PATH"]}'
    env.update({
        name: value
        for name, value in (('GPUS', gpus), ('GPUS_PER_NODE', a_node))
        if value is not None
    })
    said = subprocess.run(['bash', SCRIPT, 'part', 'job', 'config.py'],
                          env=env,
                          check=True,
                          capture_output=True,
                          text=True).stdout.split()
    tasks, node = wanted
    assert f'--ntasks={tasks}' in said
    assert f'--gres=gpu:{node}' in said
    assert f'--ntasks-per-node={node}' in said
