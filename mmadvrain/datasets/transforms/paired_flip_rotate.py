"""Flip and rotate several images alike."""

from typing import Sequence, Tuple

import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness

from mmadvrain.registry import TRANSFORMS
from .paired_random_crop import PAIR_KEYS


@TRANSFORMS.register_module()
class PairedFlipRotate(BaseTransform):
    """Flip and rotate a rainy and a clean image alike.

    Half of the "Flip-Rotation" of Table 7 of the paper, which has a layer of
    normal rain as well (:class:`MixAdversarialRain` with one layer of
    :class:`UniformLayers`). As EfDeRain offers it: a rotation by 0, 90, 180
    or 270 degrees, each as likely, then perhaps a flip upside down. All eight
    symmetries of a square are equally likely.

    Required Keys:

    - rainy (np.ndarray), shape (H, W, 3), and the other ``keys`` that there
      are

    Modified Keys:

    - rainy, clean
    - img_shape (tuple), height and width

    Args:
        rotate (bool): Whether to rotate. Defaults to True.
        flip_prob (float): Probability of the flip, in [0, 1]. Defaults to
            0.5.
        keys (Sequence[str]): Images to move alike. Defaults to ('rainy',
            'clean').

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
    def _draw(self) -> Tuple[int, bool]:
        """Draw the number of quarter turns, and whether to flip."""
        turns = np.random.randint(4) if self.rotate else 0
        return turns, bool(np.random.random() < self.flip_prob)

    def transform(self, results: dict) -> dict:
        """Rotate and flip the images.

        Args:
            results (dict): See above.

        Returns:
            dict: See above.
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
