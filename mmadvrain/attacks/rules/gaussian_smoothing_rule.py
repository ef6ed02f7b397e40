from typing import Any, Tuple

from torch import Tensor

from mmadvrain.functional.gradient import smooth_gradient
from mmadvrain.registry import TASK_UTILS
from .base_rule import BaseRule


@TASK_UTILS.register_module()
class GaussianSmoothingRule(BaseRule):
    """Blur the gradient, as if the image had been shown at many shifts.

    Source: TI-FGSM, with the kernel of the released code. It stands before
    :class:`MomentumRule`, which normalises.
    Acts in: image space.

    Args:
        kernel_size (int): Side of the kernel in pixels, odd. Defaults to 15.
        nsig (float): Standard deviations from its middle to its end; 3 on 15
            pixels is a standard deviation of 7/3 pixels. Defaults to 3.

    Raises:
        ValueError: If the kernel has no middle, or ``nsig`` is not positive.
    """

    def __init__(self, kernel_size: int = 15, nsig: float = 3.) -> None:
        if not isinstance(kernel_size, int) or kernel_size < 1 or \
                kernel_size % 2 == 0:
            raise ValueError('`kernel_size` must be a positive odd int, but '
                             f'got {kernel_size}')
        if not nsig > 0:
            raise ValueError(f'`nsig` must be positive, but got {nsig}')
        self.kernel_size = kernel_size
        self.nsig = nsig

    def __call__(self, grad: Tensor, state: Any) -> Tuple[Tensor, Any]:
        """Blur each channel; see :class:`BaseRule`."""
        return smooth_gradient(grad, self.kernel_size, self.nsig), state
