"""Pack images for a classifier or a derainer."""
from collections.abc import Sequence

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from torch import Tensor

from mmadvrain.registry import TRANSFORMS
from mmadvrain.structures.class_data_sample import ClassDataSample
from mmadvrain.structures.derain_data_sample import DerainDataSample


@TRANSFORMS.register_module()
class PackClassInputs(BaseTransform):
    """Pack an image at its own size with its true class.

    Resize and normalisation are the classifier's own business.

    Required Keys:

    - img (np.ndarray), BGR as loaded, shape (H, W, 3)
    - gt_label (int), optional

    Returned Keys:

    - inputs (Tensor): The image, BGR, of the same type. Shape (3, H, W).
    - data_samples (:class:`ClassDataSample`): With ``gt_label``, where there
      is one.

    Args:
        meta_keys: What becomes meta information, where it is there. Defaults
            to ('img_id', 'img_path', 'ori_shape', 'img_shape').
    """

    def __init__(
        self,
        meta_keys: Sequence[str] = ('img_id', 'img_path', 'ori_shape',
                                    'img_shape')
    ) -> None:
        self.meta_keys = tuple(meta_keys)

    def transform(self, results: dict) -> dict:
        """Pack the image.

        Args:
            results: See above.

        Returns:
            See above.
        """
        sample = ClassDataSample(metainfo={
            key: results[key]
            for key in self.meta_keys if key in results
        })
        if 'gt_label' in results:
            sample.set_label(results['gt_label'])
        return dict(
            inputs=image_to_tensor(results['img']), data_samples=sample)

    def __repr__(self) -> str:
        """Return the class name and its options."""
        return f'{type(self).__name__}(meta_keys={self.meta_keys})'


@TRANSFORMS.register_module()
class PackDerainInputs(BaseTransform):
    """Pack a rainy and a clean image for a derainer.

    Images keep their type, so what workers send is 8 bit unless a transform
    made it floating point, in [0, 1].

    Required Keys:

    - rainy (np.ndarray), RGB, shape (H, W, 3)
    - clean (np.ndarray), RGB, shape (H, W, 3), optional

    Returned Keys:

    - inputs (Tensor): The rainy image. Shape (3, H, W).
    - data_samples (:class:`DerainDataSample`): With ``clean``, shape (3, H,
      W), where there is one.

    Args:
        meta_keys: What becomes meta information, where it is there. Defaults
            to ('img_path', 'clean_path', 'ori_shape', 'img_shape',
            'sample_idx').
    """

    def __init__(
        self,
        meta_keys: Sequence[str] = ('img_path', 'clean_path', 'ori_shape',
                                    'img_shape', 'sample_idx')
    ) -> None:
        self.meta_keys = tuple(meta_keys)

    def transform(self, results: dict) -> dict:
        """Pack the images.

        Args:
            results: See above.

        Returns:
            See above.

        Raises:
            ValueError: If the image still waits for its rain.
        """
        if 'add_rain' in results:
            raise ValueError('LoadRainPair with defer_rain=True wants '
                             'PairedRandomCrop behind it, but there was none')
        sample = DerainDataSample(metainfo={
            key: results[key]
            for key in self.meta_keys if key in results
        })
        if 'clean' in results:
            sample.clean = image_to_tensor(results['clean'])
        return dict(
            inputs=image_to_tensor(results['rainy']), data_samples=sample)

    def __repr__(self) -> str:
        """Return the class name and its options."""
        return f'{type(self).__name__}(meta_keys={self.meta_keys})'


def image_to_tensor(image: np.ndarray) -> Tensor:
    """Put the channels of an image first.

    Args:
        image: Shape (H, W, C).

    Returns:
        Of the same type, contiguous. Shape (C, H, W).
    """
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))
