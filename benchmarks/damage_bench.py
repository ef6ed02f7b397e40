"""Seconds an image until a detector is down to a twentieth of its AP50."""
import copy
import time
from typing import Any

import torch
from torch import Tensor

from .bench_case import BenchCase
from .step_bench import Witness
from .timing import clock_of, synchronise

GOAL = 0.05
"""Share of the clean AP50."""


def _scores(case: BenchCase, images: list[Tensor]) -> float:
    """AP50 of the case's images, or whatever its metric gives first."""
    found = case.victim.predict(images, [one.target for one in case.samples])
    scores = case.loop.scorer._scores((None, [one]) for one in found)
    names = [name for name in scores if name.endswith('50')] or list(scores)
    return float(scores[names[0]])


def _before(case: BenchCase) -> Any:
    """The default attack as it was: MMCV's operators, J backward passes."""
    attack = copy.copy(case.attack)
    attack.balance, attack.stop = True, {}
    return attack


def _after(case: BenchCase) -> Any:
    attack = copy.copy(case.attack)
    attack.balance = 'features'
    return attack


def time_to_damage(case: BenchCase, steps: int = 20) -> dict[str, Any]:
    """Steps and seconds until AP50 is 5 % of the clean one.

    One attack an image gives all steps: after s of them the image is the
    best of the first s that the detector was shown.

    Args:
        case: Its attack is the new one; before it, gradients were balanced
            at the images and operators were MMCV's.
        steps: Of the attack. Defaults to 20.

    Returns:
        ``clean`` AP50; of ``before`` and ``after`` seconds a step, AP50 after
        each step, and steps and seconds an image until the goal, null where
        it is not reached; ``ratio`` of these seconds.
    """
    clock = dict(
        processor=time.process_time,
        wall=time.perf_counter)[clock_of(case.device)]
    attacks = dict(before=_before(case), after=_after(case))
    seconds = dict.fromkeys(attacks, 0.)
    shown: dict[str, list[list[Tensor]]] = {name: [] for name in attacks}
    was = case.victim.quick_operators
    try:
        for sample in case.samples:  # variants take turns
            for name, attack in attacks.items():
                attack.steps = steps
                case.victim.quick_operators = name == 'after'
                witness = Witness(case.victim)
                synchronise(case.device)
                began = clock()
                result, = attack.run(witness, [sample.image], [sample.target],
                                     [sample.key])
                synchronise(case.device)
                seconds[name] += clock() - began
                shown[name].append(_best(witness.seen, result.summed_losses))
    finally:
        case.victim.quick_operators = was
    clean = _scores(case, [one.image for one in case.samples])
    found: dict[str, Any] = dict(
        clean=clean, images=len(case.samples), steps=steps)
    for name in attacks:
        each = seconds[name] / len(case.samples) / steps
        curve = [
            _scores(case,
                    [row[min(step,
                             len(row) - 1)] for row in shown[name]])
            for step in range(steps)
        ]
        needed = next(
            (step + 1
             for step, score in enumerate(curve) if score <= GOAL * clean),
            None)
        found[name] = dict(
            seconds_per_step=each,
            curve=curve,
            steps_needed=needed,
            seconds_per_image=needed and needed * each)
    before, after = (found[name]['seconds_per_image'] for name in attacks)
    found['ratio'] = before / after if before and after else None
    return found


def _best(images: list[Tensor], sums: list[float]) -> list[Tensor]:
    """The best image after each step."""
    best, kept = 0, []
    for step, value in enumerate(sums):
        if value < sums[best] or not torch.isfinite(torch.tensor(sums[best])):
            best = step
        kept.append(images[best])
    return kept
