"""From brightness profiles with few knots to one weight per step."""
import torch
from torch import Tensor


def profile_weights(knots: int, steps: int) -> Tensor:
    """Linear interpolation of knots at the exposure steps, as a matrix.

    Args:
        knots (int): Number of knots, spread evenly over the exposure.
        steps (int): Number of exposure steps.

    Returns:
        Tensor: Rows that sum to one, float64. Shape (steps + 1, knots).
    """
    if knots == 1:
        return torch.ones(steps + 1, 1, dtype=torch.float64)
    place = torch.linspace(0, knots - 1, steps + 1, dtype=torch.float64)
    nodes = torch.arange(knots, dtype=torch.float64)
    return (1 - (place[:, None] - nodes[None]).abs()).clamp(min=0)


def expand_profiles(profiles: Tensor, steps: int) -> Tensor:
    """Brightness of each drop at each exposure step.

    Args:
        profiles (Tensor): Brightness at the knots. Shape (P, knots).
        steps (int): Number of exposure steps.

    Returns:
        Tensor: Shape (P, steps + 1), differentiable in ``profiles``.
    """
    weights = profile_weights(profiles.shape[1], steps)
    return profiles @ weights.to(profiles).t()
