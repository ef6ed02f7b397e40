"""Adversarial rain augmentation of a detector's images."""

from typing import Optional

import numpy as np
import torch

from mmadvrain.functional.compose import compose_rain
from mmadvrain.registry import TRANSFORMS
from .mix_adversarial_rain import MixAdversarialRain


@TRANSFORMS.register_module()
class MixRainOnImage(MixAdversarialRain):
    r"""Lay a blend of several rain layers over the image of a detector.

    Source: Algorithm 3 of the paper, as :class:`MixAdversarialRain` has it.
    Differs from it in: there is one image, which is both the clean and the
    rainy one, so that :math:`X^{ar} = X + \sum_i w_i R_i`.

    To be put after what resizes, crops or flips images, so that rain falls at
    the size that the network sees, and ahead of packing. Boxes and masks stay
    as they are.

    Required Keys:

    - img (np.uint8 | np.float32), BGR in [0, 255] as
      :class:`LoadImageFromFile` leaves it, shape (H, W, 3)

    Modified Keys:

    - img, of the same type

    Args:
        layers (dict, optional): As in :class:`MixAdversarialRain`. Defaults
            to None.
        num_layers (int): Number :math:`k` of layers. Defaults to 3.
        alpha (float): Parameter of the Dirichlet distribution. Defaults to 1.
        prob (float): Share of the images that get rain. Defaults to 1.
        compose (str): Rain synthesis model. Defaults to ``'additive'``.

    Raises:
        ValueError: If an argument is outside the values above.
        TypeError: If the source has no ``draw_layer``.
    """

    def __init__(self,
                 layers: Optional[dict] = None,
                 num_layers: int = 3,
                 alpha: float = 1.,
                 prob: float = 1.,
                 compose: str = 'additive') -> None:
        super().__init__(layers, num_layers, alpha, prob=prob, compose=compose)

    def transform(self, results: dict) -> dict:
        """Let it rain.

        Args:
            results (dict): See above.

        Returns:
            dict: See above.

        Raises:
            KeyError: If there is no image.
            TypeError: If the image is not of one of the types above.
            ValueError: If it has not three channels.
        """
        image = _checked(results)
        wanted, _, weights, generator = self._draw()
        if wanted:
            rgb = np.ascontiguousarray(image[..., ::-1])
            levels = rgb if rgb.dtype == np.uint8 else np.rint(rgb).clip(
                0, 255).astype(np.uint8)
            rain = self.draw_mixture(levels, weights, generator)
            clean = torch.from_numpy(rgb).permute(2, 0, 1).float() / 255
            rainy = compose_rain(clean, rain, self.compose) * 255
            if image.dtype == np.uint8:
                rainy = rainy.round()
            results['img'] = np.ascontiguousarray(
                rainy.flip(0).permute(1, 2, 0).numpy(), dtype=image.dtype)
        return results

    def __repr__(self) -> str:
        """Return the class name and its options."""
        return (f'{type(self).__name__}(layers={type(self.layers).__name__}, '
                f'num_layers={self.num_layers}, alpha={self.alpha}, '
                f'prob={self.prob}, compose={self.compose!r})')


def _checked(results: dict) -> np.ndarray:
    """Return the image, if it is one that rain can be laid over."""
    if 'img' not in results:
        raise KeyError('MixRainOnImage wants an image `img`, as '
                       'LoadImageFromFile loads it, but it is not among '
                       f'{sorted(results)}')
    image = results['img']
    if image.dtype not in (np.uint8, np.float32):
        raise TypeError('MixRainOnImage wants an image of uint8 or float32, '
                        f'in [0, 255], but got {image.dtype}')
    if image.ndim != 3 or image.shape[2] != 3:
        raise ValueError('MixRainOnImage wants an image of shape (H, W, 3), '
                         f'but got {image.shape}')
    return image
