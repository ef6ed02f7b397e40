"""By how much a classifier prefers the true class."""
from torch import Tensor


def class_lead(logits: Tensor, labels: Tensor) -> Tensor:
    """By how much the true class leads on the best other one.

    Args:
        logits: Background counts as a class. Shape (N, C).
        labels: True classes. Shape (N,), int64.

    Returns:
        Negative where another class leads. Shape (N,).
    """
    true = logits.gather(1, labels[:, None])[:, 0]
    others = logits.scatter(1, labels[:, None], float('-inf')).amax(1)
    return true - others


def class_margin(logits: Tensor, labels: Tensor, kappa: float = 0.) -> Tensor:
    r"""Margin of the true class over the best other one, from below bounded.

    Source: Carlini and Wagner, "Towards Evaluating the Robustness of Neural
    Networks", 2017: :math:`\max(f_{true} - \max_{j \ne true} f_j, -\kappa)`,
    to be minimised.

    Args:
        logits: Background counts as a class. Shape (N, C), C >= 2.
        labels: True classes. Shape (N,), int64.
        kappa: Confidence at which the wrong class is sure enough, not
            negative. Defaults to 0.

    Returns:
        Shape (N,), not below ``-kappa``.

    Raises:
        ValueError: If there is one class only.
    """
    if logits.shape[1] < 2:
        raise ValueError('a margin wants logits of at least two classes, but '
                         f'got shape {tuple(logits.shape)}')
    return class_lead(logits, labels).clamp(min=-kappa)
