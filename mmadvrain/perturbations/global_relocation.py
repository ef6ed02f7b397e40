from typing import Optional, Sequence

import torch
from torch import Tensor

from mmadvrain.registry import TASK_UTILS
from mmadvrain.structures import RainFactors
from .local_relocation import dense_noise_gradient


@TASK_UTILS.register_module()
class GlobalRelocation:
    """Put the drops on the best places of the whole image.

    Source: the second of the two ways of keeping the sparsity bound of
    Eqs. (3) and (4): of the dense noise gradient the P best positions are
    kept. Drops that stand on one of them stay. Rain gathers where it does
    most harm and is no longer spread evenly, see :class:`LocalRelocation`.

    Args:
        at (sequence[int]): Attack steps, counted from 1, after which drops
            move.

    Raises:
        ValueError: If a step is not positive.
    """

    def __init__(self, at: Sequence[int]) -> None:
        if any(step < 1 for step in at):
            raise ValueError(f'`at` counts steps from 1, but got {list(at)}')
        self.at = frozenset(at)

    def move(self, factors: RainFactors, home: Tensor, direction: Tensor,
             step: int) -> Optional[Tensor]:
        """New positions after a step, or None where drops stay.

        Args:
            factors (RainFactors): Factors after the step.
            home (Tensor): Not used; where drops were drawn.
            direction (Tensor): Gradient to descend, with respect to the rainy
                image. Shape (C, H, W).
            step (int): Attack step, counted from 1.

        Returns:
            Tensor | None: Positions, shape (P, 2), no two alike.
        """
        if step not in self.at or not len(factors) or not direction.any():
            return None
        width = factors.size_hw[1]
        profile = factors.expanded_kernels().detach().mean((0, 2))
        gain = -dense_noise_gradient(direction, factors, profile)
        best = gain.flatten().topk(len(factors)).indices
        index = factors.positions[:, 0] * width + factors.positions[:, 1]
        stays = torch.isin(index, best)
        index[~stays] = best[~torch.isin(best, index[stays])][:(~stays).sum()]
        return torch.stack((index // width, index % width), 1)
