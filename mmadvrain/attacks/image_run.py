import math
from collections.abc import Sequence

import torch
from torch import Tensor

from mmadvrain.structures.attack_result import AttackResult
from mmadvrain.structures.params import Params

from .rules import BaseRule, RuleState


class ImageRun:
    """What is remembered of one image while it is attacked.

    Args:
        initial: Parameters that the attack starts from.
        weights: Of the objectives.
        balance: Whether gradients are balanced; then an objective counts in
            the sum divided by the size of its first gradient, see
            :meth:`weigh`.
        num_rules: How many rules have a state.
        generator: Of the rules' draws.
    """

    def __init__(self, initial: Params, weights: Sequence[float],
                 balance: bool, num_rules: int,
                 generator: torch.Generator) -> None:
        self.generator = generator
        self.initial = self.best = initial
        self.best_step = 0
        self.weights = list(weights)
        self.scales = [0. if balance else 1.] * len(weights)
        self.curve: list[list[float]] = []
        self.rule_states: list[RuleState] = [None] * num_rules
        self.flags: list[str] = []

    def flag(self, name: str) -> None:
        """Raise a flag once."""
        if name not in self.flags:
            self.flags.append(name)

    def weigh(self, sizes: list[float]) -> None:
        """Learn how an objective counts: by the size of its first gradient."""
        for j, size in enumerate(sizes):
            if not self.scales[j] and size and math.isfinite(size):
                self.scales[j] = 1 / size

    def total(self, step: int) -> float:
        """Sum of the objectives at a step, as the direction weighs them."""
        scales = self.scales if any(self.scales) else [1.] * len(self.scales)
        return sum(w * s * v
                   for w, s, v in zip(self.weights, scales, self.curve[step -
                                                                       1])
                   if w * s)

    def record(self, step: int, values: list[float], params: Params) -> None:
        """Note a step's objectives, and its parameters if it is the best."""
        self.curve.append(values)
        finite = math.isfinite(self.total(step))
        if not finite:
            self.flag('nan_loss')
        if not self.best_step or finite and not (self.total(self.best_step)
                                                 <= self.total(step)):
            self.best, self.best_step = params.detach(), step

    def end(self, step: int, params: Params) -> None:
        """Keep the parameters of this step, whichever was the best."""
        self.best, self.best_step = params.detach(), step

    def direct(self, grad: Tensor, rules: list[BaseRule]) -> Tensor:
        """Turn a gradient into a direction by the rules."""
        # the sum is one pass, and finite where all are, but for overflow
        if not torch.isfinite(grad.sum()) and not torch.isfinite(grad).all():
            self.flag('nan_gradient')
            grad = torch.nan_to_num(grad, 0., 0., 0.)
        if len(self.curve) == 1 and float(grad.abs().max()) == 0:
            self.flag('zero_gradient')
        for i, rule in enumerate(rules):
            grad, self.rule_states[i] = rule(grad, self.rule_states[i])
        return grad

    def finish(self, image: Tensor, names: list[str]) -> AttackResult:
        """The result, with the curves of objectives of these names."""
        columns: dict[str, list[float]] = {
            name: [values[j] for values in self.curve]
            for j, name in enumerate(names)
        }
        sums = [self.total(step + 1) for step in range(len(self.curve))]
        return AttackResult(image, self.best, self.initial, columns, sums,
                            self.best_step, self.flags)
