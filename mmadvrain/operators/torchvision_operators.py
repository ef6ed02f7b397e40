"""Operators of torchvision, where it can be imported."""
from functools import cache

import torch


@cache
def has_torchvision() -> bool:
    """Whether torchvision is there and fits the installed torch."""
    try:
        import torchvision  # noqa: F401
        torch.ops.torchvision.nms  # noqa: B018
        torch.ops.torchvision._roi_align_backward  # noqa: B018
    except (ImportError, OSError, RuntimeError, AttributeError):
        return False
    return True
