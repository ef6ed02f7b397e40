"""Pixel-wise kernels: every pixel is filtered by a kernel of its own."""
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def apply_pixel_kernels(image: Tensor, kernels: Tensor,
                        dilations: Sequence[int]) -> Tensor:
    r"""Filter each pixel and channel by its own kernel, at several dilations.

    .. math:: O_{d,c}(x) = \sum_{t} K_{c,t}(x) \, I_c(x + d\,(t - t_0))

    Source: the pixel-wise dilation filtering of EfDeRain (AAAI 2021): one
    kernel per pixel serves all dilations; outside the image is zero. The taps
    are added one after the other to a view of the padded image, so no copy of
    the image per tap is made, neither forward nor for the backward pass.

    Args:
        image: Any range. Shape (N, C, H, W).
        kernels: Taps of channel c are entries c * k * k to (c + 1) * k * k -
            1, row by row, of a k x k kernel, k odd. Shape (N, C * k * k, H,
            W).
        dilations: Pixels between two taps, one output each.

    Returns:
        Dilation by dilation. Shape (N, len(dilations) * C, H, W).

    Raises:
        ValueError: If the kernels do not fit the image.
    """
    num, channels, height, width = image.shape
    side = round((kernels.shape[1] / channels)**0.5)
    wanted = (num, channels * side * side, height, width)
    if tuple(kernels.shape) != wanted or side % 2 == 0:
        raise ValueError('kernels must have shape (N, C * k * k, H, W) with k '
                         f'odd for an image of shape {tuple(image.shape)}, '
                         f'but got {tuple(kernels.shape)}')
    kernels = kernels.to(image.dtype)
    kernels = kernels.view(num, channels, side * side, height, width)
    # one gradient of all taps at the end, instead of one per tap
    taps = kernels.unbind(2)
    reach = side // 2 * max(dilations)
    padded = F.pad(image, (reach, ) * 4)
    outs = []
    for dilation in dilations:
        first = reach - side // 2 * dilation
        out = torch.zeros_like(image)
        for i, tap in enumerate(taps):
            top = first + i // side * dilation
            left = first + i % side * dilation
            shifted = padded[..., top:top + height, left:left + width]
            out.addcmul_(tap, shifted)
        outs.append(out)
    return torch.cat(outs, dim=1)
