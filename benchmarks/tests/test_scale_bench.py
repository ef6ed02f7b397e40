"""Efficiency of processes whose cost is known."""
import sys

import pytest

from benchmarks.scale_bench import scaling_efficiency

# burns a fixed start and a cost an image of its share, and half as much again
# where it is not alone
JOB = """
import os, sys, time
count = int([a for a in sys.argv if 'indices' in a][0].split('=')[1])
world = int(os.environ.get('WORLD_SIZE', 1))
assert ('pytorch' in sys.argv) == (world > 1)
assert 'MASTER_PORT' in os.environ or world == 1
cost = 0.04 * (1.5 if world > 1 else 1)
end = time.process_time() + 0.2 + cost * count / world
while time.process_time() < end:
    pass
"""


@pytest.fixture
def job(tmp_path):
    path = tmp_path / 'job.py'
    path.write_text(JOB)
    return path


def test_what_it_takes_to_begin_cancels_out(job, tmp_path):
    found = scaling_efficiency([str(job)], tmp_path, 2, (2, 22))
    assert found['1']['processor_s'] == pytest.approx(0.04, rel=0.3)
    assert found['2']['processor_s'] == pytest.approx(0.06, rel=0.3)
    assert found['efficiency_per_core'] == pytest.approx(2 / 3, rel=0.3)
    assert found['processes'] == 2 and found['images'] == [2, 22]


def test_a_job_that_fails(tmp_path):
    path = tmp_path / 'job.py'
    path.write_text('raise SystemExit("no weights")')
    with pytest.raises(RuntimeError, match='ended with 1: no weights'):
        scaling_efficiency([str(path)], tmp_path)


@pytest.mark.parametrize('processes, images', [(1, (2, 4)), (2, (4, 4)),
                                               (2, (0, 4))])
def test_numbers_that_say_nothing(processes, images, tmp_path):
    with pytest.raises(ValueError, match='at least two processes'):
        scaling_efficiency([sys.executable], tmp_path, processes, images)
