from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from mmadvrain.rain.factors import RainFactors
from mmadvrain.rain.streaks import exposure_stencil
from mmadvrain.registry import TASK_UTILS


def dense_noise_gradient(direction: Tensor, factors: RainFactors,
                         profile: Tensor) -> Tensor:
    r"""What a drop at each pixel of the image would change.

    The adjoint of the renderer applied to an image gradient, for a drop with
    the given brightness profile:
    :math:`D(x) = \sum_i k_i \sum_c g_c(x + i\Delta\theta)`.

    Args:
        direction: Gradient with respect to the rainy image. Shape (C, H, W).
        factors: Gives theta, steps and size.
        profile: Weight of each exposure step. Shape (steps + 1,).

    Returns:
        Shape (H, W).
    """
    offsets, stencil = exposure_stencil(factors.theta.detach(), factors.steps,
                                        factors.size_hw)
    weight = profile.to(stencil) @ stencil
    low = offsets.min(0).values.clamp(max=0)
    high = offsets.max(0).values.clamp(min=0)
    kernel = weight.new_zeros(*(high - low + 1).tolist())
    kernel[tuple((offsets - low).t())] = weight
    pad = (-low[1], high[1], -low[0], high[0])
    image = F.pad(direction.sum(0)[None, None], [int(p) for p in pad])
    return F.conv2d(image, kernel[None, None].to(image))[0, 0]


class BaseRelocation(ABC):
    """How drops move, after the attack steps that are named.

    Args:
        at: Attack steps, counted from 1.

    Raises:
        ValueError: If a step is not positive.
    """

    def __init__(self, at: Sequence[int]) -> None:
        if any(step < 1 for step in at):
            raise ValueError(f'`at` counts steps from 1, but got {list(at)}')
        self.at = frozenset(at)

    def move(self, factors: RainFactors, home: Tensor, direction: Tensor,
             step: int) -> Tensor | None:
        """New positions after a step, or None where drops stay.

        Args:
            factors: Factors after the step.
            home: Positions as drawn. Shape (P, 2).
            direction: Gradient to descend, with respect to the rainy image.
                Shape (C, H, W).
            step: Attack step, counted from 1.

        Returns:
            Positions, shape (P, 2); no two drops that moved share a pixel.
        """
        if step not in self.at or not len(factors) or not direction.any():
            return None
        profile = factors.expanded_kernels().detach().mean((0, 2))
        gain = -dense_noise_gradient(direction, factors, profile)
        return self.choose(factors, home, gain)

    @abstractmethod
    def choose(self, factors: RainFactors, home: Tensor,
               gain: Tensor) -> Tensor:
        """Positions of the drops, given what a drop at each pixel gains.

        Args:
            factors: Factors after the step.
            home: Positions as drawn. Shape (P, 2).
            gain: Shape (H, W).

        Returns:
            Shape (P, 2).
        """


@TASK_UTILS.register_module()
class LocalRelocation(BaseRelocation):
    """Let every drop move to the best place of its neighbourhood.

    Source: the second of the two ways of keeping the sparsity bound of
    Eqs. (3) and (4): positions are chosen anew by the dense gradient of the
    noise. Each drop looks only as far as ``radius_px``, so the drops stay as
    evenly spread as rain is, and stays at home where its eight best places
    are taken; memory grows with the square of the radius. So this is no
    substitute for the choice of the P best places of the whole image.

    Args:
        radius_px: How far, in pixels along each axis, a drop may be moved from
            where it was drawn.
        at: Attack steps, counted from 1, after which drops move.

    Raises:
        ValueError: If the radius or a step is not positive.
    """

    def __init__(self, radius_px: int, at: Sequence[int]) -> None:
        if radius_px < 1:
            raise ValueError(f'`radius_px` must be positive, got {radius_px}')
        super().__init__(at)
        self.radius_px = radius_px

    def choose(self, factors: RainFactors, home: Tensor,
               gain: Tensor) -> Tensor:
        """See :class:`BaseRelocation`."""
        height, width = factors.size_hw
        reach = torch.arange(
            -self.radius_px, self.radius_px + 1, device=home.device)
        shift = torch.cartesian_prod(reach, reach)
        place = home[:, None] + shift
        inside = ((place >= 0) &
                  (place < place.new_tensor([height, width]))).all(-1)
        index = (place[..., 0] * width + place[..., 1]).clamp(
            0, height * width - 1)
        value = gain.flatten()[index].masked_fill(~inside, -torch.inf)
        return self._distinct(value, index, home, width)

    @staticmethod
    def _distinct(value: Tensor, index: Tensor, home: Tensor,
                  width: int) -> Tensor:
        """Best place of each drop that no drop with more gain has taken."""
        rounds = 8
        best, order = value.topk(min(rounds, value.shape[1]), dim=1)
        wanted = index.gather(1, order)
        chosen = home[:, 0] * width + home[:, 1]
        taken = torch.zeros(0, dtype=torch.long, device=home.device)
        free = torch.ones(len(home), dtype=torch.bool, device=home.device)
        for rank in range(wanted.shape[1]):
            ids = free.nonzero()[:, 0]
            if not len(ids):
                break
            ids = ids[best[ids, rank].argsort(descending=True, stable=True)]
            place = wanted[ids, rank]
            # where the window leaves the image there is no place
            new = torch.isfinite(best[ids, rank]) & ~torch.isin(place, taken)
            ids, place = ids[new], place[new]
            unique, inverse = torch.unique(place, return_inverse=True)
            first = torch.full_like(unique, len(place)).scatter_reduce(
                0,
                inverse,
                torch.arange(len(place), device=home.device),
                'amin',
                include_self=False)
            chosen[ids[first]] = place[first]
            free[ids[first]] = False
            taken = torch.cat((taken, place[first]))
        return torch.stack((chosen // width, chosen % width), 1)


@TASK_UTILS.register_module()
class GlobalRelocation(BaseRelocation):
    """Put the drops on the best places of the whole image.

    Source: the second of the two ways of keeping the sparsity bound of
    Eqs. (3) and (4): of the dense noise gradient the P best positions are
    kept. Drops that stand on one of them stay. Rain gathers where it does
    most harm and is no longer spread evenly, see :class:`LocalRelocation`.

    Args:
        at: Attack steps, counted from 1, after which drops move.

    Raises:
        ValueError: If a step is not positive.
    """

    def choose(self, factors: RainFactors, home: Tensor,
               gain: Tensor) -> Tensor:
        """See :class:`BaseRelocation`."""
        width = factors.size_hw[1]
        best = gain.flatten().topk(len(factors)).indices
        index = factors.positions[:, 0] * width + factors.positions[:, 1]
        stays = torch.isin(index, best)
        index[~stays] = best[~torch.isin(best, index[stays])][:(~stays).sum()]
        return torch.stack((index // width, index % width), 1)
