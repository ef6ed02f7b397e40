from dataclasses import dataclass, field
from typing import Any

from torch import Tensor


@dataclass
class AttackResult:
    """What an attack found for one image.

    Attributes:
        image: Perturbed RGB image in [0, 1] at the clean image's own
            resolution. Shape (3, H, W).
        params: What was optimised, e.g. :class:`RainFactors`.
        initial_params: Where the optimisation started.
        losses: Value of every objective at each step.
        summed_losses: Weighted sum of the objectives at each step; the
            smallest one belongs to ``image``.
        best_step: Index of that step.
        flags: Names of the checks that failed, see ``docs/flags.md``.
    """
    image: Tensor
    params: Any
    initial_params: Any
    losses: dict[str, list[float]]
    summed_losses: list[float]
    best_step: int
    flags: list[str] = field(default_factory=list)
