"""Pack an image and its class for a classifier."""
from typing import Sequence

from mmcv.transforms import BaseTransform

from mmadvrain.registry import TRANSFORMS
from mmadvrain.structures.class_data_sample import ClassDataSample
from .pack_derain_inputs import image_to_tensor


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
        meta_keys (Sequence[str]): What becomes meta information, where it is
            there. Defaults to ('img_id', 'img_path', 'ori_shape',
            'img_shape').
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
            results (dict): See above.

        Returns:
            dict: See above.
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
