"""From the pixels of a data loader to what a derainer takes."""
from collections.abc import Sequence
from typing import Any, cast

import torch
from mmengine.model import BaseDataPreprocessor, BaseModel
from torch import Tensor

from mmadvrain.registry import MODELS
from mmadvrain.structures.derain_data_sample import DerainDataSample

from .base_derainer import strip_prefixes


@MODELS.register_module()
class DerainDataPreprocessor(BaseDataPreprocessor):
    """Move a batch to the device, scale it to [0, 1] and stack it.

    Images of 8 bit are scaled, images of floating point are in [0, 1]
    already. Images of different sizes are not padded, since that would let an
    image change with its batch; they stay a list, in testing only.

    Args:
        non_blocking: Whether copies to the device may overlap with other work.
            Defaults to False.
    """

    def forward(self, data: dict, training: bool = False) -> dict:
        """Preprocess a batch.

        Args:
            data: ``inputs``, a list of rainy images, RGB, shape (3, H, W), and
                ``data_samples``, a list of :class:`DerainDataSample`, or None.
            training: Whether the batch is for training. Defaults to False.

        Returns:
            ``inputs``, float, shape (N, 3, H, W), or a list of (3, H, W); and
            ``data_samples``, new ones, with images in [0, 1].

        Raises:
            ValueError: If images of a training batch differ in size.
        """
        data = self.cast_data(data)
        samples = data.get('data_samples')
        for sample in samples or ():
            for name in ('rainy', 'clean'):
                if name in sample:
                    sample.set_field(to_unit_range(sample.get(name)), name)
        inputs = self._stack([to_unit_range(x) for x in data['inputs']])
        if training and not isinstance(inputs, Tensor):
            raise ValueError(
                'images of a training batch must be of one size, but got '
                f'{sorted({tuple(x.shape[-2:]) for x in inputs})}; crop them')
        return dict(inputs=inputs, data_samples=samples)

    @staticmethod
    def _stack(images: list[Tensor]) -> Tensor | list[Tensor]:
        """Stack images if they have one size."""
        if len({image.shape for image in images}) == 1:
            return torch.stack(images)
        return images


def to_unit_range(image: Tensor) -> Tensor:
    """Scale an image of 8 bit to [0, 1] and leave other images as they are.

    Args:
        image: Of 8 bit, or of floating point in [0, 1].

    Returns:
        Of floating point, in [0, 1].

    Raises:
        TypeError: If the image is of another type.
    """
    if image.dtype == torch.uint8:
        return image.float() / 255
    if not image.is_floating_point():
        raise TypeError('image must be uint8, or of floating point in [0, 1], '
                        f'but got {image.dtype}')
    return image


@MODELS.register_module()
class DerainModel(BaseModel):
    """Trains and tests a derainer.

    A checkpoint may be one of this model, or one of the derainer alone, as
    its authors publish it.

    Args:
        derainer: Config of the network.
        loss: Config of the loss between derained and clean images. None allows
            testing only. Defaults to None.
        data_preprocessor: Config of the preprocessor. None takes
            :class:`DerainDataPreprocessor`. Defaults to None.
        init_cfg: Initialisation config of MMEngine. Defaults to None.
    """

    def __init__(self,
                 derainer: dict,
                 loss: dict | None = None,
                 data_preprocessor: dict | None = None,
                 init_cfg: dict | None = None) -> None:
        super().__init__(
            data_preprocessor=data_preprocessor
            or dict(type='mmadvrain.DerainDataPreprocessor'),
            init_cfg=init_cfg)
        self.derainer = MODELS.build(derainer)
        self.loss_fn = None if loss is None else MODELS.build(loss)

    def forward(
        self,
        inputs: Tensor | Sequence[Tensor],
        data_samples: Sequence[DerainDataSample] | None = None,
        mode: str = 'tensor'
    ) -> Tensor | list[DerainDataSample] | dict[str, Tensor]:
        """Derain a batch.

        Args:
            inputs: Rainy images, RGB in [0, 1]. Shape (N, 3, H, W); or, in
                mode ``'predict'``, images of several sizes, shape (3, H, W)
                each.
            data_samples: One per image, with ``clean`` in mode ``'loss'``.
                Defaults to None.
            mode: ``'tensor'`` returns the network's output, ``'loss'`` losses,
                ``'predict'`` samples. Defaults to ``'tensor'``.

        Returns:
            What ``mode`` says. Samples of ``'predict'`` have ``rainy`` and
            ``derained``, in [0, 1].

        Raises:
            ValueError: If there is no such mode, or nothing to compare with.
        """
        if mode == 'tensor':
            return self.derainer(inputs)
        if mode == 'loss':
            return self._loss(cast(Tensor, inputs), data_samples)
        if mode == 'predict':
            return self._predict(inputs, data_samples)
        raise ValueError("mode must be 'tensor', 'loss' or 'predict', but got "
                         f'{mode!r}')

    def _loss(
            self, inputs: Tensor,
            data_samples: Sequence[DerainDataSample] | None
    ) -> dict[str, Tensor]:
        """Compare derained with clean images."""
        if self.loss_fn is None:
            raise ValueError('loss of DerainModel must be set for training, '
                             'but is None')
        if not data_samples or any('clean' not in s for s in data_samples):
            raise ValueError('training needs data samples with clean images')
        clean = torch.stack([sample.clean for sample in data_samples])
        return dict(loss=self.loss_fn(self.derainer(inputs), clean))

    def _predict(
        self, inputs: Tensor | Sequence[Tensor],
        data_samples: Sequence[DerainDataSample] | None
    ) -> list[DerainDataSample]:
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
