from pathlib import Path

import torch
from torch import Tensor, nn

from mmadvrain.registry import MODELS


@MODELS.register_module()
class TorchScriptNetwork(nn.Module):
    """A classifier from a TorchScript file.

    Such a file is a program and runs what its author wrote, so it is read
    only where ``trust`` says so.

    Args:
        file (str): The file. Defaults to '': to be given on the command line
            of ``tools/attack.py``.
        trust (bool): Whether the file's author is trusted. Defaults to
            False.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not trusted, or is no TorchScript.
    """

    def __init__(self, file: str = '', trust: bool = False) -> None:
        super().__init__()
        if not file or not Path(file).is_file():
            raise FileNotFoundError(
                f'wanted a TorchScript file, found none at {file!r}')
        if not trust:
            raise ValueError(
                f'{file} is TorchScript, a program: set `trust=True` '
                '(--trust-checkpoint) if you trust its author')
        try:
            self.network = torch.jit.load(str(file), map_location='cpu')
        except RuntimeError as error:
            raise ValueError(f'{file} is no TorchScript file: '
                             f'{error}') from error

    def forward(self, inputs: Tensor) -> Tensor:
        """Batch -> logits.

        Args:
            inputs (Tensor): Shape (N, 3, H, W).

        Returns:
            Tensor: Shape (N, classes).
        """
        return self.network(inputs)
