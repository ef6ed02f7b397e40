"""Processor time per image of one process and of several side by side."""
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return int(probe.getsockname()[1])


def _seconds(command: Sequence[str], processes: int) -> tuple[float, float]:
    """Processor and wall seconds of a command in so many processes.

    Raises:
        RuntimeError: If one of them fails; says what it printed last.
    """
    port = str(_free_port())
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
    running: list[subprocess.Popen] = []
    for rank in range(processes):
        environ = dict(os.environ, OMP_NUM_THREADS='1')
        if processes > 1:
            environ.update(
                RANK=str(rank),
                LOCAL_RANK=str(rank),
                WORLD_SIZE=str(processes),
                MASTER_ADDR='127.0.0.1',
                MASTER_PORT=port)
        running.append(
            subprocess.Popen(
                command,
                env=environ,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True))
    printed = [process.communicate()[1] for process in running]
    for process, text in zip(running, printed):
        if process.returncode:
            raise RuntimeError(f'{" ".join(command)} ended with '
                               f'{process.returncode}: {text[-2000:]}')
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, time.time() - began


def scaling_efficiency(
    command: Sequence[str],
    work_dir: Path,
    processes: int = 2,
    images: tuple[int, int] = (2, 10),
    options: Sequence[str] = ()
) -> dict[str, Any]:
    """How much of one process's speed each of several keeps.

    Each number of processes does the job twice, with few images a process and
    with many, so that what it takes to begin cancels out. Processor time is
    what a core has to do for an image, whatever else the machine does; the
    wall's clock says something on an idle machine only.

    Args:
        command: ``tools/attack.py`` with its config and weights; work
            directory, launcher and number of images are added.
        work_dir: Scratch folder.
        processes: Side by side, by gloo. Defaults to 2.
        images: Images of each process, few and many. Defaults to (2, 10).

    Returns:
        By number of processes: ``processor_s`` an image, ``wall_s`` an image
        and process; and the efficiencies, one process ÷ several.

    Raises:
        ValueError: If the numbers say nothing.
        RuntimeError: If a job fails.
    """
    few, many = images
    if processes < 2 or not 0 < few < many:
        raise ValueError('wanted at least two processes, and few images less '
                         f'than many, but got {processes} and {images}')
    found: dict[str, Any] = {}
    for count in (1, processes):
        used = []
        for each in (few, many):
            used.append(
                _seconds([
                    sys.executable, *command, '--work-dir',
                    str(work_dir / f'{count}x{each}'), '--launcher',
                    'pytorch' if count > 1 else 'none', '--cfg-options',
                    f'test_dataloader.dataset.indices={each * count}', *options
                ], count))
        (few_cpu, few_wall), (many_cpu, many_wall) = used
        found[str(count)] = dict(
            processor_s=(many_cpu - few_cpu) / (many - few) / count,
            wall_s=(many_wall - few_wall) / (many - few))
    one, several = found['1'], found[str(processes)]
    return dict(
        found,
        processes=processes,
        images=list(images),
        efficiency_per_core=one['processor_s'] / several['processor_s'],
        efficiency_wall=one['wall_s'] / several['wall_s'])
