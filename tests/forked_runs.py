"""Toy attacks in forked processes: killed, split, and side by side.

``python -m tests.forked_runs kill 20`` kills a run at twenty random moments;
``python -m tests.forked_runs torchrun 12`` kills one of two processes that
torchrun starts anew, as often; ``python -m tests.forked_runs equal`` compares
batch sizes, processes, actors and resumption. All print what they compared and
fail where a bit differs.
"""
import argparse
import json
import os
import random
import shutil
import signal
import socket
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import torch

from mmadvrain.apis.attack import run_attack
from mmadvrain.apis.ray_cluster import RayCluster
from tests.toys.made_once import trained_weights
from tests.toys.records import drop_record, read_records
from tests.toys.toy_data import write_toy_coco
from tests.toys.toy_detector import toy_attack, toy_config

LONGEST_S = 900
"""After which a process that hangs is ended."""

LOSS = [dict(type='mmadvrain.DetectorLossObjective')]


class Toys:
    """A folder with toy data and weights, made in a process of its own."""

    def __init__(self, root, weights=None):
        self.root = Path(root)
        write_toy_coco(self.root)
        self.weights = self.root / 'weights.pth'
        # autograd and forks do not go together: nothing runs in the parent
        if weights is None:
            wait(
                start(lambda: shutil.copy(trained_weights(), self.weights),
                      self.root / 'train.log'))
        else:
            shutil.copy(weights, self.weights)

    def config(self, **options):
        """Of an attack of two steps."""
        config = toy_config(self.root, attack=toy_attack(2, LOSS))
        config.test_cfg.batch_size = 2
        config.test_cfg.update(options)
        return config

    def attack(self, work_dir, launcher='none', cluster=None, **options):
        return run_attack(
            self.config(**options),
            str(self.weights),
            work_dir=str(work_dir),
            launcher=launcher,
            cluster=cluster)

    def start(self, work_dir, environ=None, **options):
        """Attack in a process of its own."""

        def job():
            os.environ.update(environ or {})
            self.attack(work_dir, **options)

        return start(job, f'{work_dir}.log')


def start(job, log):
    """Fork a process that does a job and tells of it in a file."""
    sys.stdout.flush()
    process = os.fork()
    if process:
        return process
    code = 1
    signal.alarm(LONGEST_S)
    try:
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(handle, 1)
        os.dup2(handle, 2)
        # not those that a test captures
        sys.stdout, sys.stderr = os.fdopen(1, 'w'), os.fdopen(2, 'w')
        torch.set_num_threads(1)
        job()
        code = 0
    except SystemExit as leaving:
        code = leaving.code
    except BaseException:
        import traceback
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def wait(process):
    """Its exit code, negative where a signal ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def contents(work_dir):
    """Everything a run found, without the time it took."""
    found, root = {}, Path(work_dir)
    for part in ('adversarial', 'random', 'factors', 'annotations'):
        for path in sorted((root / part).rglob('*.*')):
            found[str(path.relative_to(root))] = path.read_bytes()
    for name, record in read_records(root).items():
        record.pop('seconds')
        found[f'record of {name}'] = record
    results = json.loads((root / 'results.json').read_text())
    for name in ('views', 'magnitude', 'flags', 'failed', 'num_images'):
        found[name] = results[name]
    return found


def check(what, work_dir, expected, log):
    """Stop where anything differs from the uninterrupted run."""
    found = contents(work_dir)
    differs = sorted(k for k in {*found, *expected}
                     if found.get(k) != expected.get(k))
    if differs:
        sys.exit(f'{what}: {differs} differ\n{Path(log).read_text()[-2000:]}')
    print(f'{what}: {len(found)} entries equal', flush=True)


def has_ray():
    """Whether Ray, which is optional, is installed."""
    return find_spec('ray') is not None


def reference(toys):
    """What an uninterrupted run found."""
    place = toys.root / 'whole'
    if not place.is_dir() and wait(toys.start(place)):
        sys.exit(Path(f'{place}.log').read_text()[-3000:])
    return contents(place)


def files_in(place):
    """How many files a run has stored, complete or not."""
    return finished(place) + sum(
        1 for part in ('adversarial', 'random', 'factors', '.part')
        for path in (place / part).rglob('*.*'))


def finished(place):
    """How many images have a record."""
    return sum(path.read_text().count('\n')
               for path in (place / 'records').glob('*.jsonl'))


def linger(process, place, rng):
    """Wait for a random moment of a run, counted in files it stored.

    Time alone would hit its start nearly always where a machine is busy.
    """
    target = files_in(place) + rng.randint(0, 9)
    while files_in(place) < target and is_alive(process):
        time.sleep(0.002)
    time.sleep(rng.uniform(0, 0.3))


def is_alive(process):
    """Whether it runs; it stays to be waited for."""
    return os.waitid(os.P_PID, process,
                     os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def kill(toys, points, seed):
    """Kill a run until it was killed often enough, and compare."""
    expected = reference(toys)
    rng = random.Random(seed)
    killed = number = 0
    while killed < points:
        place = toys.root / f'run{number}'
        number += 1
        while True:
            process = toys.start(place)
            if killed < points:
                linger(process, place, rng)
                os.kill(process, signal.SIGKILL)
            code = wait(process)
            if code == -signal.SIGKILL:
                killed += 1
                left = list((place / '.part').glob('*'))
                print(
                    f'kill {killed}: {finished(place)} images finished, '
                    f'{files_in(place)} files, {len(left)} of them incomplete',
                    flush=True)
                continue
            if code:
                sys.exit(f'exit code {code}')
            break
        check(f'run {number}', place, expected, f'{place}.log')
        assert not list((place / '.part').glob('*'))
        assert not list(place.rglob('.part-*'))
    print(f'{killed} kills, {number} runs')


def gloo(count):
    """Environments of processes that find each other."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    return [
        dict(
            RANK=str(rank),
            LOCAL_RANK=str(rank),
            WORLD_SIZE=str(count),
            MASTER_ADDR='127.0.0.1',
            MASTER_PORT=str(port)) for rank in range(count)
    ]


def equal(toys):
    """Batch sizes, processes, actors and a damaged run against one run."""
    expected = reference(toys)
    for size in (1, 4):
        place = toys.root / f'batch{size}'
        assert not wait(toys.start(place, batch_size=size))
        check(f'batch size {size}', place, expected, f'{place}.log')

    place = toys.root / 'gloo'
    ranks = [
        toys.start(place, environ, launcher='pytorch') for environ in gloo(2)
    ]
    codes = [wait(rank) for rank in ranks]
    assert codes == [0, 0], Path(f'{place}.log').read_text()[-3000:]
    check('2 processes', place, expected, f'{place}.log')

    if has_ray():
        place = toys.root / 'ray'
        code = wait(
            toys.start(
                place, launcher='ray', cluster=RayCluster(num_actors=2)))
        assert not code, Path(f'{place}.log').read_text()[-3000:]
        check('2 actors', place, expected, f'{place}.log')

    place = toys.root / 'whole'
    drop_record(place, '000011')
    image = place / 'adversarial/000005.png'
    image.write_bytes(image.read_bytes()[:-1] + b'x')
    assert not wait(toys.start(place, batch_size=4))
    check('resumed and repaired', place, expected, f'{place}.log')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('what', choices=['kill', 'torchrun', 'equal'])
    parser.add_argument('points', nargs='?', type=int, default=20)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--weights')
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        toys = Toys(folder, args.weights)
        if args.what != 'equal':
            from tests.torchrun_jobs import torchrun  # which imports this
            run = kill if args.what == 'kill' else torchrun
            run(toys, args.points, args.seed)
        else:
            equal(toys)


if __name__ == '__main__':
    main()
