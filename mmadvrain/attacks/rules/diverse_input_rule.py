import math
from typing import Optional, Tuple

import torch

from mmadvrain.functional.resize_pad import ResizePad
from mmadvrain.registry import TASK_UTILS
from .base_rule import BaseRule


@TASK_UTILS.register_module()
class DiverseInputRule(BaseRule):
    r"""Show the victim the image at a random size and place.

    Source: DIM. The image is resized to a size drawn from
    :math:`[n, rn)` (nearest pixel) and padded with zeros, at a random place,
    to :math:`rn`. Differs from the released code in: images may be
    rectangles, whose two sides are resized by one factor. On a detector the
    boxes move with the image, and the network's input keeps its size.
    Acts in: image space, before the forward pass.

    With ``ratio`` below 1 the image is shrunk to a size from :math:`[rn, n)`
    and padded back to its own, as torchattacks has it (which interpolates
    bilinearly, and makes a square of any image).

    Args:
        prob (float): How often, in [0, 1]. Defaults to 0.5.
        ratio (float): :math:`r`, positive. Defaults to 330/299.

    Raises:
        ValueError: If a number is out of range.
    """

    def __init__(self, prob: float = 0.5, ratio: float = 330 / 299) -> None:
        if not 0 <= prob <= 1:
            raise ValueError(f'`prob` must be in [0, 1], but got {prob}')
        if not (ratio > 0 and math.isfinite(ratio)):
            raise ValueError(f'`ratio` must be positive, but got {ratio}')
        self.prob = prob
        self.ratio = ratio

    def place(self, size_hw: Tuple[int, int],
              generator: torch.Generator) -> Optional[ResizePad]:
        """See :class:`BaseRule`."""

        def below(low: int, high: int) -> int:
            """A number of [low, high), or low where there is none."""
            return int(
                torch.randint(
                    low, max(high, low + 1), (), generator=generator))

        if float(torch.rand((), generator=generator)) >= self.prob:
            return None
        other = [max(int(side * self.ratio + 1e-6), 1) for side in size_hw]
        small = [min(pair) for pair in zip(size_hw, other)]
        canvas = [max(pair) for pair in zip(size_hw, other)]
        height = below(small[0], canvas[0])
        width = round(height * size_hw[1] / size_hw[0])
        width = min(max(width, small[1]), canvas[1])
        top = below(0, canvas[0] - height)
        left = below(0, canvas[1] - width)
        return ResizePad((height, width), (top, left), (canvas[0], canvas[1]))
