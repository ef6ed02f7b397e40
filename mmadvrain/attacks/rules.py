"""Gradient rules: how an image gradient becomes a direction."""
import math
from typing import TypeAlias

import torch
from torch import Tensor

from mmadvrain.functional.gradient import normalise_mean_abs, smooth_gradient
from mmadvrain.functional.resize_pad import ResizePad
from mmadvrain.registry import TASK_UTILS
from mmadvrain.typing import SizeHW

RuleState: TypeAlias = Tensor | None
"""What a rule remembers of one image from step to step."""


class BaseRule:
    """A gradient rule: how the victim is asked, and what its answer means.

    A rule keeps nothing between calls; what it wants to remember of an image
    it returns as state.
    """

    def place(self, size_hw: SizeHW,
              generator: torch.Generator) -> ResizePad | None:
        """How the victim sees the image in this step.

        Args:
            size_hw: Height and width of the image.
            generator: Private to the image, on the CPU.

        Returns:
            Where the image goes; None, the default, shows it as it is.
        """
        return None

    def __call__(self, grad: Tensor,
                 state: RuleState) -> tuple[Tensor, RuleState]:
        """Turn the gradient of one image into a direction.

        Args:
            grad: With respect to the image as it is, not as it was shown.
                Shape (3, H, W).
            state: What the rule returned at the last step; None at first.

        Returns:
            Direction of the same shape, and state.
        """
        return grad, state


@TASK_UTILS.register_module()
class SignRule(BaseRule):
    """Keep only the sign of each pixel's gradient.

    Source: FGSM; line 6 of Algorithms 1 and 2 of the paper, which
    back-propagate the sign of the image gradient. Acts in: image space.
    """

    def __call__(self, grad: Tensor,
                 state: RuleState) -> tuple[Tensor, RuleState]:
        """Turn a gradient into a direction.

        Args:
            grad: Gradient of one image. Shape (3, H, W).
            state: Not used.

        Returns:
            Values in {-1, 0, 1}, and the state.
        """
        return grad.sign(), state


@TASK_UTILS.register_module()
class MomentumRule(BaseRule):
    r"""Accumulate gradients over steps.

    Source: MI-FGSM,
    :math:`m_{s+1} = \mu m_s + g / mean|g|`; the released code divides by the
    mean where the paper writes the L1 norm. A zero gradient adds nothing.
    Acts in: image space.

    Args:
        decay: :math:`\mu`, not negative. Defaults to 1.0.

    Raises:
        ValueError: If ``decay`` is negative.
    """

    def __init__(self, decay: float = 1.0) -> None:
        if decay < 0:
            raise ValueError(f'`decay` must not be negative, but got {decay}')
        self.decay = decay

    def __call__(self, grad: Tensor,
                 state: RuleState) -> tuple[Tensor, RuleState]:
        """Add a gradient to what came before.

        Args:
            grad: Gradient of one image. Shape (3, H, W).
            state: Momentum so far; None at first.

        Returns:
            The momentum, twice.
        """
        momentum = normalise_mean_abs(grad)
        if state is not None:
            momentum = momentum.add(state, alpha=self.decay)
        return momentum, momentum


@TASK_UTILS.register_module()
class GaussianSmoothingRule(BaseRule):
    """Blur the gradient, as if the image had been shown at many shifts.

    Source: TI-FGSM, with the kernel of the released code. It stands before
    :class:`MomentumRule`, which normalises.
    Acts in: image space.

    Args:
        kernel_size: Side of the kernel in pixels, odd. Defaults to 15.
        nsig: Standard deviations from its middle to its end; 3 on 15 pixels is
            a standard deviation of 7/3 pixels. Defaults to 3.

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

    def __call__(self, grad: Tensor,
                 state: RuleState) -> tuple[Tensor, RuleState]:
        """Blur each channel; see :class:`BaseRule`."""
        return smooth_gradient(grad, self.kernel_size, self.nsig), state


@TASK_UTILS.register_module()
class DiverseInputRule(BaseRule):
    r"""Show the victim the image at a random size and place.

    Source: DIM. The image is resized to a size drawn from
    :math:`[n, rn)` (nearest pixel) and padded with middle grey, at a random
    place, to :math:`rn`. Differs from the released code in: images may be
    rectangles, whose two sides are resized by one factor. On a detector the
    boxes move with the image, and the network's input keeps its size.
    Acts in: image space, before the forward pass.

    With ``ratio`` below 1 the image is shrunk to a size from :math:`[rn, n)`
    and padded back to its own, as torchattacks has it (which interpolates
    bilinearly, and makes a square of any image).

    Args:
        prob: How often, in [0, 1]. Defaults to 0.5.
        ratio: :math:`r`, positive. Defaults to 330/299.

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

    def place(self, size_hw: SizeHW,
              generator: torch.Generator) -> ResizePad | None:
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
