"""One attack step against the least that any gradient attack has to do."""
import copy
from functools import partial
from typing import Any, Dict, List

import torch

from mmadvrain.attacks.objectives import DetectorLossObjective
from .bench_case import BenchCase
from .timing import side_by_side


def bare_floor(case: BenchCase, objectives: List[Any], steps: int) -> None:
    """One forward pass, and one backward pass to the input an objective.

    Through the same frozen detector with the same losses, on one image.

    Args:
        case (BenchCase): Detector and images.
        objectives (list): What is minimised.
        steps (int): How often.
    """
    sample = case.samples[0]
    image = sample.image.to(case.device)
    with case.victim.frozen():
        for _ in range(steps):
            leaf = image.detach().requires_grad_()
            outputs = case.victim.forward([leaf], [sample.target])
            losses = [one.loss(outputs, None) for one in objectives]
            for rank, loss in enumerate(losses):
                torch.autograd.grad(
                    loss.sum(), leaf, retain_graph=rank + 1 < len(losses))


def attack_overhead(case: BenchCase, repeats: int) -> Dict[str, Any]:
    """Time of one attack step divided by that of the bare floor.

    Args:
        case (BenchCase): Its attack with the detector's own loss in place of
            its objectives, with J = 1 and J = 2 of them.
        repeats (int): Rounds.

    Returns:
        dict: Under the number of objectives: ratio and seconds a step.
    """
    steps, found = 4, {}
    sample = case.samples[0]
    for count in (1, 2):
        attack = copy.copy(case.attack)
        attack.steps, attack.keep = steps, 'last'
        attack.weights = [1.] * count
        attack.objectives = [
            DetectorLossObjective(num_rois=64, name=str(i))
            for i in range(count)
        ]
        seconds = side_by_side(
            dict(
                step=partial(attack.run, case.victim, [sample.image],
                             [sample.target], [sample.key]),
                floor=partial(bare_floor, case, attack.objectives, steps)),
            repeats, case.device)
        found[str(count)] = dict(
            ratio=seconds['step'] / seconds['floor'],
            seconds={
                name: value / steps
                for name, value in seconds.items()
            })
    return found
