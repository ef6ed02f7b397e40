"""Arithmetic on gradients that stays finite where a gradient is zero."""
import torch
import torch.nn.functional as F
from torch import Tensor

from .ssim import gaussian_window


def normalise_mean_abs(grad: Tensor) -> Tensor:
    r"""Scale a gradient to a mean magnitude of one.

    Source: :math:`g / mean|g|` of the released MI-FGSM, which divides by the
    mean, not by the sum the paper's L1 norm would be; the sign is the same.

    Args:
        grad: Gradient of one image. Any shape.

    Returns:
        Same shape; all zero where ``grad`` is.
    """
    mean = grad.abs().mean()
    return grad / torch.where(mean > 0, mean, torch.ones_like(mean))


def normalise_max_abs(grad: Tensor) -> Tensor:
    r"""Scale a gradient to a largest magnitude of one.

    Source: the step of DAG's released code, :math:`g / max|g|`.

    Args:
        grad: Gradient of one image. Any shape.

    Returns:
        Same shape; all zero where ``grad`` is.
    """
    largest = grad.abs().max() if grad.numel() else grad.sum()
    return grad / torch.where(largest > 0, largest, torch.ones_like(largest))


def normalise_l2(grad: Tensor) -> Tensor:
    r"""Scale each channel of a gradient to a length of one.

    Source: the step of RAP's released code, :math:`g_c / \|g_c\|_2`.

    Args:
        grad: Gradient of one image. Shape (C, H, W).

    Returns:
        Same shape; a channel is all zero where that of ``grad`` is.
    """
    norm = torch.linalg.vector_norm(grad, dim=(1, 2), keepdim=True)
    return grad / torch.where(norm > 0, norm, torch.ones_like(norm))


def smooth_gradient(grad: Tensor,
                    kernel_size: int = 15,
                    nsig: float = 3.) -> Tensor:
    """Blur every channel of a gradient with a Gaussian, zero outside.

    Source: the released code of TI-FGSM, a depthwise convolution with
    ``kernel_size`` samples of a normal density on [-nsig, nsig], of sum one.
    The standard deviation is ``(kernel_size - 1) / 2 / nsig`` pixels, 7/3
    with the defaults. Done here as a column and a row, which is the same.

    Args:
        grad: Gradient of one image. Shape (C, H, W).
        kernel_size: Samples of the Gaussian, odd. Defaults to 15.
        nsig: Standard deviations from the middle of the kernel to its end.
            Defaults to 3.

    Returns:
        Same shape.
    """
    reach = kernel_size // 2
    window = gaussian_window(kernel_size, reach / nsig if reach else 1.)
    window = window.to(grad)
    blurred = F.conv2d(
        grad[:, None], window[None, None, :, None], padding=(reach, 0))
    blurred = F.conv2d(blurred, window[None, None, None], padding=(0, reach))
    return blurred[:, 0]
