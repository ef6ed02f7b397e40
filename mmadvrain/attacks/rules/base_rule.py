from typing import Any, Optional, Tuple

import torch
from torch import Tensor

from mmadvrain.functional.resize_pad import ResizePad


class BaseRule:
    """A gradient rule: how the victim is asked, and what its answer means.

    A rule keeps nothing between calls; what it wants to remember of an image
    it returns as state.
    """

    def place(self, size_hw: Tuple[int, int],
              generator: torch.Generator) -> Optional[ResizePad]:
        """How the victim sees the image in this step.

        Args:
            size_hw (tuple[int, int]): Height and width of the image.
            generator (torch.Generator): Private to the image, on the CPU.

        Returns:
            ResizePad | None: Where the image goes; None, the default, shows
            it as it is.
        """
        return None

    def __call__(self, grad: Tensor, state: Any) -> Tuple[Tensor, Any]:
        """Turn the gradient of one image into a direction.

        Args:
            grad (Tensor): With respect to the image as it is, not as it was
                shown. Shape (3, H, W).
            state: What the rule returned at the last step; None at first.

        Returns:
            tuple[Tensor, Any]: Direction of the same shape, and state.
        """
        return grad, state
