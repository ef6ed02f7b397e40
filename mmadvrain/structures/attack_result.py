from dataclasses import dataclass, field
from typing import Generic, TypeVar

from mmadvrain.typing import Image

from .params import Params

ParamsT = TypeVar('ParamsT', bound=Params)


@dataclass
class AttackResult(Generic[ParamsT]):
    """What an attack made of one image.

    Attributes:
        image: Perturbed image at the clean image's own resolution.
        params: What was optimised, e.g. :class:`RainFactors`.
        initial_params: Where the optimisation started.
        losses: Value of every objective at each step.
        summed_losses: Weighted sum of the objectives at each step, as the
            direction weighs them; the smallest one belongs to ``image``.
        best_step: Index of that step.
        flags: Names of the checks that failed, see ``docs/flags.md``.
    """
    image: Image
    params: ParamsT
    initial_params: ParamsT
    losses: dict[str, list[float]]
    summed_losses: list[float]
    best_step: int
    flags: list[str] = field(default_factory=list)
