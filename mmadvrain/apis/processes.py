"""How the processes of a job meet, and how long they wait for each other."""
import os
from datetime import timedelta

import torch
from mmengine.config import Config
from mmengine.dist import is_distributed
from torch import distributed
from torch.distributed import distributed_c10d

_TO_WORK = timedelta(days=1)
"""Scores are made by one process while the others wait."""
_SET_TIMEOUT = getattr(distributed_c10d, '_set_pg_timeout', None)
_TO_MEET = timedelta(minutes=5) if _SET_TIMEOUT else _TO_WORK
"""One whose partner died while they met is to notice."""


def has_a_gpu_each() -> bool:
    """Whether every process of this machine has a GPU of its own.

    Those that have to share are dealt out to the GPUs in turn: an attack
    keeps a GPU busy for a third of the time, and several fill it.
    """
    gpus = torch.cuda.device_count()
    if int(os.environ.get('LOCAL_WORLD_SIZE', 1)) <= gpus:
        return True
    if gpus:
        torch.cuda.set_device(int(os.environ['LOCAL_RANK']) % gpus)
    return False


def join_processes(config: Config, launcher: str) -> None:
    """Let the processes of a job meet, where MMEngine would not.

    It starts one process a GPU only, and takes over what is there. Processes
    that torchrun started anew find the addresses of those before them in its
    store, and wait for them; so each start has keys of its own.

    Args:
        config: Of the run; gets launcher, timeout and wrapper of the model.
        launcher: Of the job.
    """
    config.launcher = 'none' if launcher == 'ray' else launcher
    options = config.setdefault('env_cfg', {}).setdefault('dist_cfg', {})
    options.setdefault('timeout', int(_TO_MEET.total_seconds()))
    if launcher != 'pytorch':
        return
    backend = 'gloo'
    if has_a_gpu_each():
        torch.cuda.set_device(int(os.environ['LOCAL_RANK']))
        backend = options.get('backend', 'nccl')
    else:
        config.model_wrapper_cfg = dict(
            type='MMDistributedDataParallel', device_ids=None)
    store, rank, size = next(
        distributed.rendezvous('env://', timeout=_TO_MEET))
    start = os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')
    distributed.init_process_group(
        backend,
        timeout=_TO_MEET,
        store=distributed.PrefixStore(f'start {start}', store),
        rank=rank,
        world_size=size)


def be_patient() -> None:
    """Wait for other processes as long as work takes, now that all are there.

    A dead one is noticed all the same: its connections are closed.
    """
    if _SET_TIMEOUT and is_distributed():
        _SET_TIMEOUT(_TO_WORK)
