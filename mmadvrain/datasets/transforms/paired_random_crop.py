"""Cut the same random part out of several images."""

from typing import Sequence, Tuple, Union

import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness

from mmadvrain.registry import TRANSFORMS

# the images of a pair in the results of a pipeline
PAIR_KEYS = ('rainy', 'clean')


@TRANSFORMS.register_module()
class PairedRandomCrop(BaseTransform):
    """Cut the same random part out of a rainy and a clean image.

    Images that are too small are continued by reflection at the bottom and on
    the right.

    Required Keys:

    - rainy (np.ndarray), shape (H, W, 3), and the other ``keys`` that there
      are
    - add_rain (Callable), optional: What makes the rainy part out of the
      clean one, where :class:`LoadRainPair` deferred that; removed

    Modified Keys:

    - rainy, clean
    - img_shape (tuple), height and width

    Args:
        crop_size (int | tuple[int, int]): Width and height in pixels.
        keys (Sequence[str]): Images to crop alike. Defaults to ('rainy',
            'clean').

    Raises:
        ValueError: If the size is not positive.
    """

    def __init__(self,
                 crop_size: Union[int, Tuple[int, int]],
                 keys: Sequence[str] = PAIR_KEYS) -> None:
        if isinstance(crop_size, int):
            crop_size = (crop_size, crop_size)
        if len(crop_size) != 2 or min(crop_size) < 1:
            raise ValueError('crop_size must be a positive width and height, '
                             f'but got {crop_size!r}')
        self.crop_size = tuple(crop_size)
        self.keys = tuple(keys)

    @cache_randomness
    def _draw(self, height: int, width: int) -> Tuple[int, int]:
        """Draw the top and left pixel of the part."""
        return (np.random.randint(height - self.crop_size[1] + 1),
                np.random.randint(width - self.crop_size[0] + 1))

    def transform(self, results: dict) -> dict:
        """Crop the images.

        Args:
            results (dict): See above.

        Returns:
            dict: See above.
        """
        crop_width, crop_height = self.crop_size
        height, width = results['rainy'].shape[:2]
        bottom, right = max(crop_height - height,
                            0), max(crop_width - width, 0)
        top, left = self._draw(height + bottom, width + right)
        add_rain = results.pop('add_rain', None)
        if add_rain is not None and (bottom or right):
            results['rainy'] = add_rain(results['clean'])
            add_rain = None
        for key in self.keys:
            if key not in results:
                continue
            image = results[key]
            if bottom or right:
                image = np.pad(
                    image, ((0, bottom), (0, right), (0, 0)), mode='reflect')
            results[key] = image[top:top + crop_height, left:left + crop_width]
        if add_rain is not None:
            results['rainy'] = add_rain(results['clean'], (top, left),
                                        (height, width))
        results['img_shape'] = (crop_height, crop_width)
        return results

    def __repr__(self) -> str:
        """Return the class name and its options."""
        return (f'{type(self).__name__}(crop_size={self.crop_size}, '
                f'keys={self.keys})')
