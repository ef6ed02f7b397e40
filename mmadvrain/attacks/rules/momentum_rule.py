from typing import Optional, Tuple

from torch import Tensor

from mmadvrain.functional.gradient import normalise_mean_abs
from mmadvrain.registry import TASK_UTILS
from .base_rule import BaseRule


@TASK_UTILS.register_module()
class MomentumRule(BaseRule):
    r"""Accumulate gradients over steps.

    Source: MI-FGSM,
    :math:`m_{s+1} = \mu m_s + g / mean|g|`; the released code divides by the
    mean where the paper writes the L1 norm. A zero gradient adds nothing.
    Acts in: image space.

    Args:
        decay (float): :math:`\mu`, not negative. Defaults to 1.0.

    Raises:
        ValueError: If ``decay`` is negative.
    """

    def __init__(self, decay: float = 1.0) -> None:
        if decay < 0:
            raise ValueError(f'`decay` must not be negative, but got {decay}')
        self.decay = decay

    def __call__(self, grad: Tensor,
                 state: Optional[Tensor]) -> Tuple[Tensor, Tensor]:
        """Add a gradient to what came before.

        Args:
            grad (Tensor): Gradient of one image. Shape (3, H, W).
            state (Tensor, optional): Momentum so far; None at first.

        Returns:
            tuple[Tensor, Tensor]: The momentum, twice.
        """
        momentum = normalise_mean_abs(grad)
        if state is not None:
            momentum = momentum.add(state, alpha=self.decay)
        return momentum, momentum
