"""Keep parts of a network out of training."""
from typing import Iterable

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


def freeze(modules: Iterable[nn.Module]) -> None:
    """Put modules in eval mode and stop the gradient of their parameters.

    Args:
        modules (Iterable[nn.Module]): What to freeze, changed in place.
    """
    for module in modules:
        module.eval()
        for param in module.parameters():
            param.requires_grad = False


def norm_layers(module: nn.Module) -> Iterable[nn.Module]:
    """Yield the batch normalisation layers inside a module.

    Args:
        module (nn.Module): Any module.

    Yields:
        nn.Module: Each batch normalisation layer, in definition order.
    """
    return (m for m in module.modules() if isinstance(m, _BatchNorm))


def eval_norms(module: nn.Module) -> None:
    """Make the batch normalisation of a module use its running statistics.

    Args:
        module (nn.Module): Changed in place; the affine parameters keep
            their ``requires_grad``.
    """
    for norm in norm_layers(module):
        norm.eval()
