"""Images per second: variants of the attack, the whole job, and a peer."""
import copy
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import torch

from mmadvrain.attacks.objectives import DetectorLossObjective

from .ares_loop import ares_style_attack, kept_losses
from .bench_case import BenchCase
from .timing import peak_memory, side_by_side


def _attack(case: BenchCase,
            steps: int,
            count: int = 1,
            num_rois: int | None = 64) -> Any:
    attack = copy.copy(case.attack)
    attack.steps = steps
    attack.weights = [1.] * count
    attack.objectives = [
        DetectorLossObjective(num_rois=num_rois, name=str(i))
        for i in range(count)
    ]
    return attack


def _run(case: BenchCase, attack: Any, scores: list[float]) -> None:
    results = attack.run(case.victim, [s.image for s in case.samples],
                         [s.target for s in case.samples],
                         [s.key for s in case.samples])
    scores[:] = [min(r.summed_losses, default=math.nan) for r in results]


@contextmanager
def _batches(case: BenchCase, size: int) -> Iterator[None]:
    before, case.victim.batch_size = case.victim.batch_size, size
    try:
        yield
    finally:
        case.victim.batch_size = before


@contextmanager
def _autocast(case: BenchCase, kind: str) -> Iterator[None]:
    before, case.victim.autocast = case.victim.autocast, kind
    try:
        yield
    finally:
        case.victim.autocast = before


@contextmanager
def _channels_last(case: BenchCase) -> Iterator[None]:
    case.model.to(memory_format=torch.channels_last)
    try:
        yield
    finally:
        case.model.to(memory_format=torch.contiguous_format)


@contextmanager
def _compiled(case: BenchCase) -> Iterator[None]:
    case.model.backbone.compile()
    try:
        yield
    finally:
        case.model.backbone._compiled_call_impl = None


def images_per_second(case: BenchCase,
                      steps: int,
                      repeats: int,
                      batch_sizes: Sequence[int] = (1, 2, 4),
                      compiled: bool = True) -> dict[str, Any]:
    """How fast images are attacked, by variant of the forward pass.

    Args:
        case: Detector, attack and images.
        steps: Attack steps.
        repeats: Rounds.
        batch_sizes: Images in one forward pass.
        compiled: Try ``torch.compile`` on the backbone.

    Returns:
        By variant: images per second, peak memory in bytes, and the mean
        objective of the image that was kept, which says whether the attack is
        as strong; or why the variant cannot be used.
    """
    variants: dict[str, Callable] = {
        f'batch_{size}': partial(_batches, case, size)
        for size in batch_sizes
    }
    variants['channels_last'] = partial(_channels_last, case)
    for kind in ('bfloat16', 'float16'):
        variants[f'autocast_{kind}'] = partial(_autocast, case, kind)
    if compiled:
        variants['compile'] = partial(_compiled, case)
    attack = _attack(case, steps)
    found: dict[str, Any] = {}
    scores: list[float] = []
    for name, context in variants.items():
        with ExitStack() as stack:
            try:
                stack.enter_context(context())
                call = partial(_run, case, attack, scores)
                seconds = side_by_side({name: call}, repeats, case.device)
            # a backend says in its own way that it does not know something
            except Exception as error:
                found[name] = dict(
                    refused=f'{type(error).__name__}: {str(error)[:200]}')
                continue
            found[name] = dict(
                images_per_second=len(case.samples) / seconds[name],
                peak_bytes=peak_memory(call, case.device),
                objective=sum(scores) / len(scores))
    return found


def evaluation_cost(case: BenchCase) -> dict[str, Any]:
    """The whole job once: attack, storing, and the scores of every view.

    Args:
        case: Its work directory gets the results.

    Returns:
        Seconds in all and of the attack, images per second of the job, and how
        the scoring of the three stored views compares with bare forward passes
        of the same images.
    """
    began = time.perf_counter()
    case.runner.test()
    total = time.perf_counter() - began
    attacked = sum(
        case.loop.store.record(name)['seconds']
        for name in case.loop.images.names)
    scorer = case.loop.scorer

    def views() -> None:
        for view in ('clean', 'random', 'adversarial'):
            scorer.score_files(view)

    images = [sample.image for sample in case.samples]
    targets = [sample.target for sample in case.samples]

    def floor() -> None:
        for _ in range(3):
            case.victim.predict(images, targets)

    seconds = side_by_side(dict(views=views, floor=floor), 3, case.device)
    count = len(images)
    return dict(
        images=count,
        steps=case.attack.steps,
        seconds=total,
        seconds_attack=attacked,
        images_per_second=count / total,
        views_seconds_per_image=seconds['views'] / count,
        forward_seconds_per_image=seconds['floor'] / count,
        ratio=seconds['views'] / seconds['floor'])


def peer_speedup(case: BenchCase, steps: int, repeats: int) -> dict[str, Any]:
    """Images per second of ours divided by those of ARES's loop.

    Args:
        case: Detector, attack and images, of which ARES makes one batch.
        steps: Steps of both.
        repeats: Rounds.

    Returns:
        Images per second, and ratios: ``same``, our attack on the losses and
        the detector's own number of RoIs that ARES takes; ``one``, on the
        detector's loss with the 64 RoIs of our default; ``default``, the
        case's own attack, ``before`` that with MMCV's operators and gradients
        balanced at the images.
    """
    scores: list[float] = []
    with case.victim.frozen():
        sample = case.samples[0]
        known = case.victim.forward([sample.image],
                                    [sample.target]).training_losses()
    same = _attack(case, steps, num_rois=None)
    same.objectives[0].terms = tuple(kept_losses(known))
    default = copy.copy(case.attack)
    default.steps = steps
    before = copy.copy(default)
    before.balance = True

    def as_before() -> None:
        was = case.victim.quick_operators
        case.victim.quick_operators = False
        _run(case, before, scores)
        case.victim.quick_operators = was

    calls: dict[str, Callable[[], Any]] = dict(
        ares=partial(ares_style_attack, case, steps),
        same=partial(_run, case, same, scores),
        one=partial(_run, case, _attack(case, steps), scores),
        default=partial(_run, case, default, scores),
        before=as_before)
    seconds = side_by_side(calls, repeats, case.device)
    return dict(
        ratio={
            name: seconds['ares'] / value
            for name, value in seconds.items() if name != 'ares'
        },
        images_per_second={
            name: len(case.samples) / value
            for name, value in seconds.items()
        })
