"""From the pixels of a data loader to what a derainer takes."""

from typing import List, Union

import torch
from mmengine.model import BaseDataPreprocessor
from torch import Tensor

from mmadvrain.registry import MODELS


@MODELS.register_module()
class DerainDataPreprocessor(BaseDataPreprocessor):
    """Move a batch to the device, scale it to [0, 1] and stack it.

    Images of 8 bit are scaled, images of floating point are in [0, 1]
    already. Images of different sizes are not padded, since that would let an
    image change with its batch; they stay a list, in testing only.

    Args:
        non_blocking (bool): Whether copies to the device may overlap with
            other work. Defaults to False.
    """

    def forward(self, data: dict, training: bool = False) -> dict:
        """Preprocess a batch.

        Args:
            data (dict): ``inputs``, a list of rainy images, RGB, shape (3, H,
                W), and ``data_samples``, a list of
                :class:`DerainDataSample`, or None.
            training (bool): Whether the batch is for training. Defaults to
                False.

        Returns:
            dict: ``inputs``, float, shape (N, 3, H, W), or a list of (3, H,
            W); and ``data_samples``, new ones, with images in [0, 1].

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
    def _stack(images: List[Tensor]) -> Union[Tensor, List[Tensor]]:
        """Stack images if they have one size."""
        if len({image.shape for image in images}) == 1:
            return torch.stack(images)
        return images


def to_unit_range(image: Tensor) -> Tensor:
    """Scale an image of 8 bit to [0, 1] and leave other images as they are.

    Args:
        image (Tensor): Of 8 bit, or of floating point in [0, 1].

    Returns:
        Tensor: Of floating point, in [0, 1].

    Raises:
        TypeError: If the image is of another type.
    """
    if image.dtype == torch.uint8:
        return image.float() / 255
    if not image.is_floating_point():
        raise TypeError('image must be uint8, or of floating point in [0, 1], '
                        f'but got {image.dtype}')
    return image
