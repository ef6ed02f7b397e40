"""The part of an attack that an actor of a Ray cluster does."""
import os
import os.path as osp
from collections.abc import Sequence
from functools import cached_property

import torch

from mmadvrain.engine.hooks import RainVisualizationHook
from mmadvrain.engine.runner import AttackLoop

from .attack_runner import AttackJob, BriefRunner


class _ActorRunner(BriefRunner):
    """Runner beside others in one folder: a log of its own, and no config."""

    def setup_env(self, env_cfg: dict) -> None:
        """Give the folder of the log a name that no other process has."""
        super().setup_env(env_cfg)
        self._timestamp += f'_{os.uname().nodename}_{os.getpid()}'
        self._log_dir = osp.join(self._work_dir, self._timestamp)

    def dump_config(self) -> None:
        """Leave the config to the process that scores."""


class RayAttacker:
    """Attack images into a store that another process looks after.

    The runner is built with the first images, so that what is wrong with it is
    raised there, and built again where the actor is restarted.

    Args:
        job: Of the run; the work directory is on a common file system.
        draws: Whether its first images are drawn.
    """

    def __init__(self, job: AttackJob, draws: bool) -> None:
        self._job = job
        self._draws = draws

    def is_ready(self) -> bool:
        """True, as soon as the cluster has room for the actor."""
        return True

    def attack(self, indices: Sequence[int]) -> int | None:
        """Attack and store images; those that are finished are passed over.

        Args:
            indices: Of the images.

        Returns:
            Most bytes that tensors ever took on the GPU of this process.

        Raises:
            ValueError: If this machine builds another run than the one whose
                folder it is.
        """
        self._loop.store.refresh()  # a process before this may have begun
        return self._loop.attacking.run(indices)

    @cached_property
    def _loop(self) -> AttackLoop:
        if not torch.cuda.is_available():
            torch.set_num_threads(1)
        os.chdir(self._job.folder)
        config = self._job.config
        # what is shown, and where, is up to the process that scores
        config.log_level = 'WARNING'
        config.visualizer = dict(type='Visualizer', vis_backends=[])
        runner = self._job.build(_ActorRunner)
        loop = runner.test_loop
        for hook in runner.hooks:
            if isinstance(hook, RainVisualizationHook) and not self._draws:
                hook.num_images = 0
        loop.join()
        return loop
