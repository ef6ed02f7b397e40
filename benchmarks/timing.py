"""Medians of calls that take turns, and memory."""
import ctypes
import gc
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch


def synchronise(device: str) -> None:
    """Wait until a GPU has done what it was told; nothing on a CPU."""
    if device != 'cpu':
        torch.cuda.synchronize()


def clock_of(device: str) -> str:
    """``'processor'`` or ``'wall'``: what :func:`side_by_side` reads."""
    alone = device == 'cpu' and torch.get_num_threads() == 1
    return 'processor' if alone else 'wall'


def side_by_side(
        calls: dict[str, Callable[[], Any]],
        repeats: int,
        device: str = 'cpu',
        limit_s: float = 30.,
        settle: Sequence[str] = (),
) -> dict[str, float]:
    """Median seconds of each call; the calls take turns.

    So whatever else the machine does meets all of them alike, and ratios
    stay true where seconds do not. The first round warms up and does not
    count where there is a second one. With one thread on a CPU the clock is
    the processor time of this process, which other load does not stretch.

    Args:
        calls: What is timed, by name.
        repeats: Rounds that count, at least 1.
        device: ``'cpu'`` or a GPU, which is waited for.
        limit_s: A call that has used up so much time in all is not repeated
            again. Defaults to 30.
        settle: Calls that are made once more, untimed, just before they are
            timed. What a call frees, the C library gives back to the system
            within the next call; beside a call that needs a hundred times the
            memory that is most of the time of a short one. Defaults to none.

    Returns:
        Seconds by name.

    Raises:
        ValueError: If ``repeats`` is not positive.
    """
    if repeats < 1:
        raise ValueError(f'`repeats` must be positive, but got {repeats}')
    clock = dict(
        processor=time.process_time, wall=time.perf_counter)[clock_of(device)]
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repeats + 1):
        for name, call in calls.items():
            if sum(taken[name]) > limit_s:
                continue
            if name in settle:
                call()
            synchronise(device)
            began = clock()
            call()
            synchronise(device)
            taken[name].append(clock() - began)
    return {
        name: statistics.median(found[1:] or found)
        for name, found in taken.items()
    }


def peak_memory(call: Callable[[], Any], device: str) -> int | None:
    """Bytes a call needs beyond what was there before it.

    Args:
        call: What is measured.
        device: On a GPU its allocator is asked. On a CPU memory that was freed
            before is given back first, so that the kernel's high-water mark of
            this process sees the call's own; it counts to some 100 kB.

    Returns:
        None where the system does not tell.
    """
    call()  # what stays from a first call is not the call's
    if device != 'cpu':
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        call()
        return torch.cuda.max_memory_allocated() - before
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
        Path('/proc/self/clear_refs').write_text('5')
    except (AttributeError, OSError, TypeError):  # not Linux, or not glibc
        return None
    before = _status_bytes('VmHWM')
    call()
    return _status_bytes('VmHWM') - before


def _status_bytes(name: str) -> int:
    for line in Path('/proc/self/status').read_text().splitlines():
        if line.startswith(f'{name}:'):
            return int(line.split()[1]) * 1024
    raise OSError(f'/proc/self/status has no {name}')


def describe_machine(device: str) -> dict[str, Any]:
    """What the numbers were measured on."""
    found = dict(
        device=device,
        machine=platform.machine(),
        cpus=os.cpu_count(),
        threads=torch.get_num_threads(),
        clock=clock_of(device),
        torch=torch.__version__,
        python=platform.python_version(),
        load=os.getloadavg()[0] if hasattr(os, 'getloadavg') else None)
    if device != 'cpu':
        found.update(
            gpu=torch.cuda.get_device_name(),
            gpu_memory=torch.cuda.get_device_properties(0).total_memory)
    return found
