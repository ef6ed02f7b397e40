from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from math import log2

from torch import Tensor, nn

from mmadvrain.typing import SizeHW

from .half_precision import to_float32


def _steps(module: nn.Module) -> Iterator[nn.Module]:
    """What a backbone calls one after the other, blocks not opened."""
    for child in module.children():
        if isinstance(child, (nn.Sequential, nn.ModuleList)):
            yield from _steps(child)
        else:
            yield child


@contextmanager
def watch_stages(backbone: nn.Module,
                 input_hw: SizeHW) -> Iterator[dict[int, Tensor]]:
    """Note what the stages of a backbone give, whatever it returns itself.

    A stage ends with the last step whose output has its stride: ``relu3_3``
    is stride 4 of VGG16, the last block of ``layer1`` that of a ResNet.

    Args:
        backbone: Called inside the context.
        input_hw: Height and width of its input.

    Yields:
        Filled by the call: stride, the nearest power of two, to feature map of
        shape (N, C, h, w).
    """
    stages: dict[int, Tensor] = {}

    def note(module: nn.Module, inputs: tuple, output: object) -> None:
        if isinstance(output, Tensor) and output.ndim == 4:
            stride = 2**round(log2(input_hw[0] / output.shape[2]))
            stages[stride] = to_float32(output)

    with ExitStack() as stack:
        for step in _steps(backbone):
            stack.callback(step.register_forward_hook(note).remove)
        yield stages
