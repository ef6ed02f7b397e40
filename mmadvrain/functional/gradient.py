"""Arithmetic on gradients that stays finite where a gradient is zero."""
from torch import Tensor


def normalise_mean_abs(grad: Tensor) -> Tensor:
    r"""Scale a gradient to a mean magnitude of one.

    Source: :math:`g / mean|g|` of the released MI-FGSM, which divides by the
    mean, not by the sum the paper's L1 norm would be; the sign is the same.

    Args:
        grad (Tensor): Gradient of one image. Any shape.

    Returns:
        Tensor: Same shape; all zero where ``grad`` is.
    """
    mean = grad.abs().mean()
    return grad / mean if float(mean) > 0 else grad


def normalise_max_abs(grad: Tensor) -> Tensor:
    r"""Scale a gradient to a largest magnitude of one.

    Source: the step of DAG's released code, :math:`g / max|g|`.

    Args:
        grad (Tensor): Gradient of one image. Any shape.

    Returns:
        Tensor: Same shape; all zero where ``grad`` is.
    """
    largest = grad.abs().max() if grad.numel() else grad.sum()
    return grad / largest if float(largest) > 0 else grad
