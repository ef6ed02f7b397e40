from typing import Any, Tuple

from torch import Tensor

from mmadvrain.registry import TASK_UTILS
from .base_rule import BaseRule


@TASK_UTILS.register_module()
class SignRule(BaseRule):
    """Keep only the sign of each pixel's gradient.

    Source: FGSM; line 6 of Algorithms 1 and 2 of the paper, which
    back-propagate the sign of the image gradient. Acts in: image space.
    """

    def __call__(self, grad: Tensor, state: Any) -> Tuple[Tensor, Any]:
        """Turn a gradient into a direction.

        Args:
            grad (Tensor): Gradient of one image. Shape (3, H, W).
            state: Not used.

        Returns:
            tuple[Tensor, Any]: Values in {-1, 0, 1}, and the state.
        """
        return grad.sign(), state
