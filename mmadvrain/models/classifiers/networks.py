from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mmadvrain.registry import MODELS

# the paper's names, and what timm calls the weights that TF-slim published for
# them (Keras for Xception), which the paper and its baselines attack; newest
# name first. `inception_v3` alone would be torchvision's.
PAPER_NAMES = {
    'inc-v3': ('inception_v3.tf_in1k', 'tf_inception_v3'),
    'inc-v4': ('inception_v4.tf_in1k', 'inception_v4'),
    'incres-v2': ('inception_resnet_v2.tf_in1k', 'inception_resnet_v2'),
    'xception': ('legacy_xception.tf_in1k', 'xception'),
    'adv-inc-v3': ('inception_v3.tf_adv_in1k', 'adv_inception_v3'),
    'incres-v2-ens':
    ('inception_resnet_v2.tf_ens_adv_in1k', 'ens_adv_inception_resnet_v2'),
}


def import_timm() -> Any:
    """The timm package.

    Raises:
        ImportError: If it is not there or cannot be imported; says what to
            do.
    """
    try:
        import timm
    except Exception as error:  # a broken torchvision raises anything
        raise ImportError(
            'classifiers of timm want the package timm, and the torchvision '
            'that fits the installed torch: pip install timm. Its import '
            f'failed with {type(error).__name__}: {error}') from error
    return timm


@MODELS.register_module()
class TimmNetwork(nn.Module):
    """A classifier of timm, with its own input size, mean and std.

    Args:
        name: Any name of timm, or one of the paper's models: ``'inc-v3'``,
            ``'inc-v4'``, ``'incres-v2'``, ``'xception'``, ``'adv-inc-v3'``,
            ``'incres-v2-ens'``.
        pretrained: Load timm's weights. Defaults to True.
        **options: Of ``timm.create_model``, such as ``checkpoint_path``.

    Raises:
        ImportError: If timm cannot be imported.
        ValueError: If timm knows no such model.
    """

    def __init__(self,
                 name: str,
                 pretrained: bool = True,
                 **options: Any) -> None:
        super().__init__()
        timm = import_timm()
        known = [
            candidate for candidate in PAPER_NAMES.get(name, (name, ))
            if timm.is_model(candidate)
        ]
        if not known:
            raise ValueError(f'timm {timm.__version__} has no model {name!r};'
                             f' the paper\'s are {sorted(PAPER_NAMES)}, '
                             'timm.list_models() names all')
        self.name = name
        self.network = timm.create_model(
            known[0], pretrained=pretrained, **options)
        config = getattr(self.network, 'pretrained_cfg', None) or \
            self.network.default_cfg
        self.input_hw: tuple[int, ...] = tuple(config['input_size'][-2:])
        self.mean = tuple(config['mean'])
        self.std = tuple(config['std'])

    def forward(self, inputs: Tensor) -> Tensor:
        """Normalised batch -> logits.

        Args:
            inputs: Shape (N, 3, H, W).

        Returns:
            Shape (N, classes).
        """
        return self.network(inputs)


@MODELS.register_module()
class TorchScriptNetwork(nn.Module):
    """A classifier from a TorchScript file.

    Such a file is a program and runs what its author wrote, so it is read
    only where ``trust`` says so.

    Args:
        file: The file. Defaults to '': to be given on the command line of
            ``tools/attack.py``.
        trust: Whether the file's author is trusted. Defaults to False.

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
            inputs: Shape (N, 3, H, W).

        Returns:
            Shape (N, classes).
        """
        return self.network(inputs)
