"""A derainer with its loss, as the runner trains and tests it."""

from typing import Any, Dict, List, Optional, Sequence, Union

import torch
from mmengine.model import BaseModel
from torch import Tensor

from mmadvrain.registry import MODELS
from mmadvrain.structures.derain_data_sample import DerainDataSample
from .base_derainer import strip_prefixes


@MODELS.register_module()
class DerainModel(BaseModel):
    """Trains and tests a derainer.

    A checkpoint may be one of this model, or one of the derainer alone, as
    its authors publish it.

    Args:
        derainer (dict): Config of the network.
        loss (dict, optional): Config of the loss between derained and clean
            images. None allows testing only. Defaults to None.
        data_preprocessor (dict, optional): Config of the preprocessor. None
            takes :class:`DerainDataPreprocessor`. Defaults to None.
        init_cfg (dict, optional): Initialisation config of MMEngine. Defaults
            to None.
    """

    def __init__(self,
                 derainer: dict,
                 loss: Optional[dict] = None,
                 data_preprocessor: Optional[dict] = None,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(
            data_preprocessor=data_preprocessor
            or dict(type='mmadvrain.DerainDataPreprocessor'),
            init_cfg=init_cfg)
        self.derainer = MODELS.build(derainer)
        self.loss_fn = None if loss is None else MODELS.build(loss)

    def forward(
        self,
        inputs: Union[Tensor, Sequence[Tensor]],
        data_samples: Optional[Sequence[DerainDataSample]] = None,
        mode: str = 'tensor'
    ) -> Union[Tensor, List[DerainDataSample], Dict[str, Tensor]]:
        """Derain a batch.

        Args:
            inputs (Tensor | Sequence[Tensor]): Rainy images, RGB in [0, 1].
                Shape (N, 3, H, W); or, in mode ``'predict'``, images of
                several sizes, shape (3, H, W) each.
            data_samples (Sequence[DerainDataSample], optional): One per
                image, with ``clean`` in mode ``'loss'``. Defaults to None.
            mode (str): ``'tensor'`` returns the network's output, ``'loss'``
                losses, ``'predict'`` samples. Defaults to ``'tensor'``.

        Returns:
            Tensor | dict | list: What ``mode`` says. Samples of
            ``'predict'`` have ``rainy`` and ``derained``, in [0, 1].

        Raises:
            ValueError: If there is no such mode, or nothing to compare with.
        """
        if mode == 'tensor':
            return self.derainer(inputs)
        if mode == 'loss':
            return self._loss(inputs, data_samples)
        if mode == 'predict':
            return self._predict(inputs, data_samples)
        raise ValueError("mode must be 'tensor', 'loss' or 'predict', but got "
                         f'{mode!r}')

    def _loss(
        self, inputs: Tensor,
        data_samples: Optional[Sequence[DerainDataSample]]
    ) -> Dict[str, Tensor]:
        """Compare derained with clean images."""
        if self.loss_fn is None:
            raise ValueError('loss of DerainModel must be set for training, '
                             'but is None')
        if not data_samples or any('clean' not in s for s in data_samples):
            raise ValueError('training needs data samples with clean images')
        clean = torch.stack([sample.clean for sample in data_samples])
        return dict(loss=self.loss_fn(self.derainer(inputs), clean))

    def _predict(
        self, inputs: Union[Tensor, Sequence[Tensor]],
        data_samples: Optional[Sequence[DerainDataSample]]
    ) -> List[DerainDataSample]:
        """Write derained images into data samples."""
        if isinstance(inputs, Tensor):
            outs = self.derainer(inputs)
        else:
            outs = [self.derainer(image[None])[0] for image in inputs]
        samples = data_samples or [DerainDataSample() for _ in outs]
        for sample, rainy, derained in zip(samples, inputs, outs):
            sample.rainy = rainy
            sample.derained = derained.clamp(0, 1)
        return list(samples)

    def _load_from_state_dict(self, state_dict: dict, prefix: str, *args: Any,
                              **kwargs: Any) -> None:
        """Load, also what is a state dict of the derainer alone."""
        own = {k: v for k, v in state_dict.items() if k.startswith(prefix)}
        if not any(k.startswith(f'{prefix}derainer.') for k in own):
            names = set(self.derainer.state_dict())
            published = strip_prefixes({
                k[len(prefix):]: v
                for k, v in own.items()
            })
            if names & set(published):
                for key in own:
                    del state_dict[key]
                state_dict.update({
                    f'{prefix}derainer.{key}': value
                    for key, value in published.items()
                })
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
