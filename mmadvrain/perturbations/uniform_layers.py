"""Random rain layers, drawn when they are needed."""
from copy import copy
from typing import Optional, Tuple, Union

import torch
from torch import Tensor

from mmadvrain.functional.streak_window import render_window
from mmadvrain.registry import TASK_UTILS
from .uniform_factors import UniformFactors


@TASK_UTILS.register_module()
class UniformLayers:
    """Normal rain: layers of factors drawn at random.

    The rain is that of a whole photograph, of which a patch sees a part;
    drawn for the patch itself, streaks would be as much shorter as the patch
    is smaller. Only as many drops as a patch holds are drawn; streaks that
    leave it come in again on the other side.

    Args:
        factors (UniformFactors | dict, optional): How factors are drawn. None
            means :class:`UniformFactors` as it is. Defaults to None.
        view_hw (tuple[int, int]): Height and width, in pixels, of the
            photograph. Defaults to (480, 640).

    Raises:
        ValueError: If the photograph is empty.
    """

    def __init__(
        self,
        factors: Optional[Union[UniformFactors, dict]] = None,
        view_hw: Tuple[int, int] = (480, 640)
    ) -> None:
        if len(view_hw) != 2 or min(view_hw) < 1:
            raise ValueError('`view_hw` must be a positive height and width, '
                             f'but got {view_hw}')
        if factors is None:
            factors = UniformFactors()
        self.factors: UniformFactors = TASK_UTILS.build(factors) if isinstance(
            factors, dict) else copy(factors)
        self.factors.steps = self.factors.num_steps(view_hw)
        self.view_hw = tuple(view_hw)

    def draw_layer(self, size_hw: Tuple[int, int],
                   generator: torch.Generator) -> Tensor:
        """Draw one rain layer; the same generator, the same bits.

        Args:
            size_hw (tuple[int, int]): Height and width in pixels.
            generator (torch.Generator): On the CPU.

        Returns:
            Tensor: Not negative, float32. Shape (3, H, W).
        """
        factors = self.factors.draw(size_hw, generator)
        # the same angle and length, in pixels, as in the photograph
        scale = self.view_hw[0] / size_hw[0]
        factors = factors.replace(theta=factors.theta * scale)
        return render_window(factors, (0, 0), size_hw)
