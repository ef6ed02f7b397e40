"""Toy attacks in two processes that torchrun starts anew when one dies."""
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.forked_runs import check, files_in, finished, gloo, reference

ROOT = Path(__file__).parents[1]


def children(process):
    """Processes that one has started."""
    path = Path(f'/proc/{process}/task/{process}/children')
    return list(map(int, path.read_text().split())) if path.exists() else []


class Torchrun:
    """A run of two processes that are started anew when one dies."""

    def __init__(self, toys, place, restarts):
        config = toys.root / 'toy.py'
        toys.config(batch_size=1).dump(config)
        self.place, self.log = place, Path(f'{place}.log')
        with self.log.open('w') as log:
            self.job = subprocess.Popen([
                ROOT / 'tools/dist_attack.sh', config, '2', toys.weights,
                '--work-dir', place
            ],
                                        stdout=log,
                                        stderr=log,
                                        env=dict(
                                            os.environ,
                                            MAX_RESTARTS=str(restarts),
                                            PORT=gloo(1)[0]['MASTER_PORT']))

    def workers(self):
        """The two processes that work now, or begin to."""
        return [
            worker for launcher in children(self.job.pid)
            for worker in children(launcher)
        ]

    def fresh(self, seen):
        """Two that were not seen before; none where the run has ended."""
        while self.job.poll() is None:
            found = self.workers()
            if len(found) == 2 and not seen & {*found}:
                return found
            time.sleep(0.01)
        return []

    def linger(self, rng, worker):
        """A moment while they begin and meet, or while images are stored."""
        if rng.random() < .4:
            time.sleep(rng.uniform(0, 8))
            return
        target = files_in(self.place) + rng.randint(1, 6)
        while files_in(self.place) < target and worker in self.workers():
            time.sleep(0.002)


def torchrun(toys, points, seed):
    """Kill one of two processes until there were enough kills; compare."""
    expected = reference(toys)
    rng = random.Random(seed)
    killed = number = 0
    while killed < points:
        place = toys.root / f'torchrun{number}'
        number += 1
        run, seen = Torchrun(toys, place, points), set()
        while killed < points:
            workers = run.fresh(seen)
            if not workers:
                break
            rank = rng.randrange(2)
            run.linger(rng, workers[rank])
            seen |= {*workers}
            if workers[rank] not in run.workers():
                continue  # it has ended
            os.kill(workers[rank], signal.SIGKILL)
            killed += 1
            print(
                f'kill {killed}: one of two processes in run {number}, '
                f'{finished(place)} images finished, '
                f'{files_in(place)} files',
                flush=True)
        code = run.job.wait()
        if code:
            sys.exit(f'exit code {code}\n{run.log.read_text()[-3000:]}')
        check(f'run {number}', place, expected, run.log)
    print(f'{killed} kills under torchrun, {number} runs')
