"""One attack step against the least that any gradient attack has to do."""
import copy
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from mmadvrain.attacks.objectives import DetectorLossObjective
from mmadvrain.functional.pixel_space import to_network_input
from mmadvrain.victims.detector_outputs import DetectorOutputs

from .bench_case import BenchCase
from .timing import side_by_side


class Witness:
    """A victim that remembers the images it is shown."""

    def __init__(self, victim: Any) -> None:
        self.victim = victim
        self.seen: list[Tensor] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.victim, name)

    def forward(self, images: Sequence[Tensor], targets: Sequence[Any]) -> Any:
        self.seen += [image.detach() for image in images]
        return self.victim.forward(images, targets)


def network_inputs(case: BenchCase, images: Sequence[Tensor],
                   target: Any) -> list[Tensor]:
    """Images as the test pipeline hands them to the detector.

    Args:
        case: Detector.
        images: RGB in [0, 1], each of shape (3, H, W).
        target: Of all of them.

    Returns:
        BGR in [0, 255], each of shape (3, H', W').
    """
    scale_w, scale_h = target.metainfo.get('scale_factor', (1., 1.))
    return [
        to_network_input(
            image.detach(),
            (round(image.shape[1] * scale_h), round(image.shape[2] * scale_w)),
            target.img_shape[:2], case.victim.pad_value) for image in images
    ]


def bare_floor(case: BenchCase, objectives: list[Any],
               inputs: Sequence[Tensor], target: Any) -> None:
    """One forward pass, and one backward pass to the input an objective.

    Through the same frozen detector, its data preprocessor included, with
    the same losses.

    Args:
        case: Detector.
        objectives: What is minimised.
        inputs: As :func:`network_inputs` makes them, one after the other.
        target: Of all of them.
    """
    model = case.model
    with case.victim.frozen():
        for image in inputs:
            leaf = image.detach().requires_grad_()
            data = model.data_preprocessor(
                dict(inputs=[leaf], data_samples=[target.clone()]), False)
            outputs = DetectorOutputs(model, data['inputs'],
                                      data['data_samples'])
            draws = [torch.Generator().manual_seed(0)]
            losses = [one.loss(outputs, draws) for one in objectives]
            for rank, loss in enumerate(losses):
                torch.autograd.grad(
                    loss.sum(), leaf, retain_graph=rank + 1 < len(losses))


def _prepared(case: BenchCase, count: int, steps: int) -> tuple[Any, list]:
    """An attack with so many objectives, and the images that it shows."""
    attack = copy.copy(case.attack)
    attack.steps, attack.keep, attack.balance = steps, 'last', True
    attack.weights = [1.] * count
    attack.objectives = [
        DetectorLossObjective(num_rois=64, name=str(i)) for i in range(count)
    ]
    sample, witness = case.samples[0], Witness(case.victim)
    attack.run(witness, [sample.image], [sample.target], [sample.key])
    return attack, network_inputs(case, witness.seen, sample.target)


def attack_overhead(case: BenchCase,
                    repeats: int,
                    steps: int = 8) -> dict[str, Any]:
    """Time of one attack step divided by that of the bare floor.

    Both take the same images, since proposals and so the time depend on
    them.

    Args:
        case: Its attack with the detector's own loss in place of its
            objectives, with J = 1 and J = 2 of them.
        repeats: Rounds.
        steps: Steps of an attack; what an image costs beside them is part of
            it. Defaults to 8.

    Returns:
        Under the number of objectives: ratio and seconds a step.
    """
    found = {}
    sample = case.samples[0]
    for count in (1, 2):
        attack, inputs = _prepared(case, count, steps)
        seconds = side_by_side(
            dict(
                step=partial(attack.run, case.victim, [sample.image],
                             [sample.target], [sample.key]),
                floor=partial(bare_floor, case, attack.objectives, inputs,
                              sample.target)), repeats, case.device)
        found[str(count)] = dict(
            ratio=seconds['step'] / seconds['floor'],
            seconds={
                name: value / steps
                for name, value in seconds.items()
            })
    return found
