"""Attacks whose images are dealt to the actors of a Ray cluster."""
import itertools
import logging
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch
from mmengine.logging import print_log

from mmadvrain.engine.runner import AttackLoop
from mmadvrain.utils.progress import Progress

from .attack_runner import AttackJob
from .ray_attacker import RayAttacker

_TRIES = 10
"""Times that images are tried whose process dies, by them or by chance."""
_MOST = 64
"""Images of one call; progress is shown behind each."""
_PATIENCE_S = 30.


@dataclass
class RayCluster:
    """Where actors are, and how many.

    Attributes:
        address: Of a cluster that runs, as ``ray.init`` takes it. None starts
            one of this machine, which ends with the run.
        num_actors: None is as many as the cluster has room for when the run
            begins. Those for which there is no room wait for it, which makes
            an autoscaler add machines.
        gpus: That an actor takes, such as 0.5; on a cluster without any it
            takes a core. Defaults to 1.

    Raises:
        ValueError: If a number is not positive.
    """
    address: str | None = None
    num_actors: int | None = None
    gpus: float = 1

    def __post_init__(self) -> None:
        if self.num_actors is not None and self.num_actors < 1:
            raise ValueError(f'wanted one actor at least, got '
                             f'{self.num_actors}')
        if self.gpus <= 0 or self.gpus > 1 and self.gpus % 1:
            raise ValueError('wanted a part of a GPU in (0, 1], or a whole '
                             f'number of them, for an actor, got {self.gpus}')

    @contextmanager
    def joined(self) -> Iterator['RayDealer']:
        """Context in which the cluster works for this process.

        Raises:
            ImportError: If Ray is not installed.
            ConnectionError: If there is no cluster at the address.
        """
        try:
            import ray
        except ImportError as error:
            raise ImportError('the launcher ray wants Ray, which is not '
                              'there: pip install ray') from error
        options: dict[str, Any] = dict(address=self.address)
        if self.address is None:
            options = dict(address='local', include_dashboard=False)
        try:
            try:
                ray.init(logging_level=logging.WARNING, **options)
            except Exception as error:  # of which Ray has many kinds
                raise ConnectionError('Ray has no cluster for this process: '
                                      f'{error}') from error
            yield RayDealer(ray, *self._actors(ray.cluster_resources()))
        finally:
            ray.shutdown()

    def _actors(self, resources: dict[str, float]) -> tuple[int, dict]:
        """How many, and what each takes."""
        gpus, cores = resources.get('GPU', 0), resources.get('CPU', 0)
        each = dict(
            num_gpus=self.gpus, num_cpus=0) if gpus else dict(
                num_gpus=0, num_cpus=1)
        room = int(gpus / self.gpus) if gpus else int(cores)
        return self.num_actors or max(room, 1), each


class RayDealer:
    """Deal images to actors that attack them.

    Ray restarts an actor whose process or machine is gone, and calls it again
    with the same images, of which it passes over those that are finished.

    Args:
        ray: The module, connected with a cluster.
        num_actors: Most actors at once.
        each: What an actor takes, by Ray's names.
    """

    def __init__(self, ray: ModuleType, num_actors: int, each: dict) -> None:
        self._ray = ray
        self._num_actors = num_actors
        self._kind = ray.remote(RayAttacker).options(
            max_restarts=-1, max_task_retries=_TRIES - 1, **each)
        self._each = each

    def deal(self, loop: AttackLoop, job: AttackJob, indices: Sequence[int],
             done: int) -> int | None:
        """Have images attacked and stored, then let the actors go.

        Args:
            loop: Of the run; its hooks hear ``after_attack_elsewhere``.
            job: What actors build their runner by.
            indices: Of the images.
            done: How many others are finished.

        Returns:
            Most bytes that tensors ever took on the GPU of an actor.

        Raises:
            RuntimeError: If an actor could not do it, or images end every
                process that takes them.
        """
        if torch.cuda.is_available():
            torch.cuda.empty_cache()  # an actor may share the GPU
        count = min(self._num_actors, len(indices))
        actors = [self._kind.remote(job, i == 0) for i in range(count)]
        peaks = [0]
        try:
            with Progress('attack', done + len(indices), done) as progress:
                for part, peak in self._parts(actors, _Parts(loop, indices)):
                    peaks.append(peak or 0)
                    loop.attacked_elsewhere(part)
                    progress.advance(len(part))
        finally:
            for actor in actors:
                self._ray.kill(actor)
        return max(peaks) or None

    def _parts(self, actors: list,
               parts: '_Parts') -> Iterator[tuple[list[int], int | None]]:
        """Parts that are done, and what an actor said of each."""
        ray = self._ray
        running: dict = {a.is_ready.remote(): (a, []) for a in actors}
        began = False
        while running:
            ready, _ = ray.wait(list(running), timeout=_PATIENCE_S)
            if not ready:
                if not began:
                    self._tell_of_waiting(len(actors))
                continue
            began = True
            actor, part = running.pop(ready[0])
            said = self._result(ready[0], part, parts)
            if part:
                yield part, said
            part = parts.next_one(len(actors))
            if part:
                running[actor.attack.remote(part)] = actor, part
            elif any(others for _, others in running.values()):
                ray.kill(actor)  # an actor that restarts may want its room
            else:
                return  # no other one has begun

    def _result(self, reference: Any, part: list[int],
                parts: '_Parts') -> int | None:
        errors = self._ray.exceptions
        try:
            return self._ray.get(reference)
        except errors.RayTaskError as error:
            cause = error.cause or error
            raise RuntimeError(f'an actor ended by {type(cause).__name__}: '
                               f'{cause}') from cause
        except errors.RayActorError as error:
            names = parts.names(part)
            raise RuntimeError(
                f'the actor of the images {names[0]} to {names[-1]} died '
                f'{_TRIES} times; the same command tries them again. Ray '
                f'says: {str(error)[:300]}') from error

    def _tell_of_waiting(self, count: int) -> None:
        print_log(
            f'{count} actors wait for room: each takes {self._each}, the '
            f'cluster has {self._ray.cluster_resources()}',
            logger='current',
            level=logging.WARNING)


class _Parts:
    """Images that are still to be dealt, the fewer at once the fewer left."""

    def __init__(self, loop: AttackLoop, indices: Sequence[int]) -> None:
        size = loop.attacking.batch_size
        self._waiting = deque(indices)
        self._names = loop.images.names
        self._least = size.now
        self._most = max(size.most, _MOST)

    def next_one(self, actors: int) -> list[int]:
        """Images for one of so many actors; none where none are left."""
        share = len(self._waiting) // (4 * actors)
        size = max(self._least, min(share, self._most))
        waiting = self._waiting
        return [
            waiting.popleft()
            for _ in itertools.repeat(None, min(size, len(waiting)))
        ]

    def names(self, part: Sequence[int]) -> list[str]:
        """Names of images."""
        return [self._names[i] for i in part]
