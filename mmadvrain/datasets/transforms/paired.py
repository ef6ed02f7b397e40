"""Flip, rotate and crop several images alike."""
from collections.abc import Sequence

import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness

from mmadvrain.registry import TRANSFORMS

PAIR_KEYS = ('rainy', 'clean')


@TRANSFORMS.register_module()
class PairedFlipRotate(BaseTransform):
    """Flip and rotate a rainy and a clean image alike.

    Half of the "Flip-Rotation" of Table 7 of the paper, which has a layer of
    normal rain as well (:class:`MixAdversarialRain` with one layer of
    :class:`UniformRain`). As EfDeRain offers it: a rotation by 0, 90, 180
    or 270 degrees, each as likely, then perhaps a flip upside down. All eight
    symmetries of a square are equally likely.

    Required Keys:

    - rainy (np.ndarray), shape (H, W, 3), and the other ``keys`` that there
      are

    Modified Keys:

    - rainy, clean
    - img_shape (tuple), height and width

    Args:
        rotate: Whether to rotate. Defaults to True.
        flip_prob: Probability of the flip, in [0, 1]. Defaults to 0.5.
        keys: Images to move alike. Defaults to ('rainy', 'clean').

    Raises:
        ValueError: If ``flip_prob`` is outside [0, 1].
    """

    def __init__(self,
                 rotate: bool = True,
                 flip_prob: float = 0.5,
                 keys: Sequence[str] = PAIR_KEYS) -> None:
        if not 0 <= flip_prob <= 1:
            raise ValueError('flip_prob must be in [0, 1], but got '
                             f'{flip_prob}')
        self.rotate = rotate
        self.flip_prob = flip_prob
        self.keys = tuple(keys)

    @cache_randomness
    def _draw(self) -> tuple[int, bool]:
        """Draw the number of quarter turns, and whether to flip."""
        turns = np.random.randint(4) if self.rotate else 0
        return turns, bool(np.random.random() < self.flip_prob)

    def transform(self, results: dict) -> dict:
        """Rotate and flip the images.

        Args:
            results: See above.

        Returns:
            See above.
        """
        turns, flip = self._draw()
        for key in self.keys:
            if key not in results:
                continue
            image = np.rot90(results[key], turns)
            results[key] = image[::-1] if flip else image
        results['img_shape'] = results['rainy'].shape[:2]
        return results

    def __repr__(self) -> str:
        """Return the class name and its options."""
        return (f'{type(self).__name__}(rotate={self.rotate}, '
                f'flip_prob={self.flip_prob}, keys={self.keys})')


# the images of a pair in the results of a pipeline


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
        crop_size: Width and height in pixels.
        keys: Images to crop alike. Defaults to ('rainy', 'clean').

    Raises:
        ValueError: If the size is not positive.
    """

    def __init__(self,
                 crop_size: int | tuple[int, int],
                 keys: Sequence[str] = PAIR_KEYS) -> None:
        if isinstance(crop_size, int):
            crop_size = (crop_size, crop_size)
        if len(crop_size) != 2 or min(crop_size) < 1:
            raise ValueError('crop_size must be a positive width and height, '
                             f'but got {crop_size!r}')
        self.crop_size = tuple(crop_size)
        self.keys = tuple(keys)

    @cache_randomness
    def _draw(self, height: int, width: int) -> tuple[int, int]:
        """Draw the top and left pixel of the part."""
        return (np.random.randint(height - self.crop_size[1] + 1),
                np.random.randint(width - self.crop_size[0] + 1))

    def transform(self, results: dict) -> dict:
        """Crop the images.

        Args:
            results: See above.

        Returns:
            See above.
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
