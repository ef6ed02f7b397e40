"""Adversarial rain augmentation."""

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from torch import Tensor

from mmadvrain.functional.pixel_space import (
    as_image,
    as_tensor,
    check_pair,
    private_draw,
)
from mmadvrain.rain.compose import check_compose_model, compose_rain
from mmadvrain.rain.mixing import mix_layers
from mmadvrain.rain.sources import RainSource
from mmadvrain.registry import TASK_UTILS, TRANSFORMS
from mmadvrain.utils.checks import check_counts


@TRANSFORMS.register_module()
class MixAdversarialRain(BaseTransform):
    r"""Replace the rainy image by one with a blend of several rain layers.

    Source: Algorithm 3 of the paper,
    :math:`X^{ar} = \hat X + \sum_i w_i R_i`, weights :math:`w` from a
    Dirichlet distribution, :math:`\hat X` the clean or the rainy image, each
    as likely. The paper gives neither :math:`k` nor the distribution's
    parameter; AugMix, which it follows, has 3 and 1.

    Where the layers come from decides what the augmentation is:
    :class:`BankRain` of an attack's bank makes it the paper's AdvRain, and
    so does :class:`OnlineRain`, which attacks the very image, slowly;
    :class:`UniformRain`, which is the default, its rival "AugMix", several
    layers of normal rain. Anything registered in TASK_UTILS will do that has
    ``draw_layer(size_hw, generator)``, with the clean image as a third
    argument where it says ``needs_clean``.

    To be put after :class:`PairedRandomCrop`: layers are rendered at the size
    of the patch. :class:`MixRainOnImage` does the same to the image of a
    detector.

    Required Keys:

    - rainy (np.uint8), RGB, shape (H, W, 3)
    - clean (np.uint8), RGB, shape (H, W, 3)

    Modified Keys:

    - rainy (np.uint8)

    Args:
        layers: Config of the source of layers. None means
            :class:`UniformRain`. Defaults to None.
        num_layers: Number :math:`k` of layers. Defaults to 3.
        alpha: Parameter of the Dirichlet distribution. Defaults to 1.
        clean_prob: Probability that the clean image is the base. Defaults to
            0.5.
        prob: Share of the images that are augmented; the others stay as the
            data set has them. Defaults to 1.
        compose: Rain synthesis model, see
            :func:`mmadvrain.rain.compose.compose_rain`. Defaults to
            ``'additive'``.

    Raises:
        ValueError: If an argument is outside the values above.
        TypeError: If the source has no ``draw_layer``.
    """

    def __init__(self,
                 layers: dict | None = None,
                 num_layers: int = 3,
                 alpha: float = 1.,
                 clean_prob: float = 0.5,
                 prob: float = 1.,
                 compose: str = 'additive') -> None:
        check_counts(num_layers=num_layers)
        if not alpha > 0:
            raise ValueError(f'alpha must be positive, but got {alpha}')
        for name, value in dict(clean_prob=clean_prob, prob=prob).items():
            if not 0 <= value <= 1:
                raise ValueError(f'{name} must be in [0, 1], but got {value}')
        self.layers = build_layers(layers)
        self.num_layers = num_layers
        self.alpha = alpha
        self.clean_prob = clean_prob
        self.prob = prob
        self.compose = check_compose_model(compose)

    @cache_randomness
    def _draw(self) -> tuple[bool, bool, np.ndarray, torch.Generator]:
        """Draw whether, on what, with which weights and which rain."""
        return (bool(np.random.random() < self.prob),
                bool(np.random.random() < self.clean_prob),
                np.random.dirichlet([self.alpha] * self.num_layers),
                private_draw())

    def draw_mixture(self, clean: np.ndarray, weights: np.ndarray,
                     generator: torch.Generator) -> Tensor:
        """Draw layers and blend them.

        Args:
            clean: RGB, uint8. Shape (H, W, 3).
            weights: Weight of each layer.
            generator: On the CPU.

        Returns:
            Rain layer. Shape (3, H, W).
        """
        layers: list[Tensor] = [
            draw_layer(self.layers, clean, generator) for _ in weights
        ]
        return mix_layers(layers, weights.tolist())

    def transform(self, results: dict) -> dict:
        """Augment the rainy image.

        Args:
            results: See above.

        Returns:
            See above.

        Raises:
            KeyError: If an image is missing.
        """
        check_pair(results, type(self).__name__)
        wanted, on_clean, weights, generator = self._draw()
        if wanted:
            base = results['clean' if on_clean else 'rainy']
            rain = self.draw_mixture(results['clean'], weights, generator)
            results['rainy'] = as_image(
                compose_rain(as_tensor(base), rain, self.compose))
        return results

    def __repr__(self) -> str:
        """Return the class name and its options."""
        return (f'{type(self).__name__}(layers={type(self.layers).__name__}, '
                f'num_layers={self.num_layers}, alpha={self.alpha}, '
                f'clean_prob={self.clean_prob}, prob={self.prob}, '
                f'compose={self.compose!r})')


def build_layers(layers: dict | None) -> RainSource:
    """Build a source of rain layers.

    Args:
        layers: Its config, or None for :class:`UniformRain`.

    Returns:
        With ``draw_layer(size_hw, generator)``.

    Raises:
        TypeError: If it has no such method.
    """
    source = TASK_UTILS.build(layers or dict(type='mmadvrain.UniformRain'))
    if not isinstance(source, RainSource):
        raise TypeError('a source of rain layers must have draw_layer('
                        f'size_hw, generator), but {type(source).__name__} '
                        'has not')
    return source


def draw_layer(layers: RainSource, clean: np.ndarray,
               generator: torch.Generator) -> Tensor:
    """Draw a rain layer for an image.

    Args:
        layers: The source of layers, see :func:`build_layers`.
        clean: RGB, uint8. Shape (H, W, 3).
        generator: On the CPU.

    Returns:
        Shape (C, H, W).
    """
    if getattr(layers, 'needs_clean', False):
        return layers.draw_layer(clean.shape[:2], generator, as_tensor(clean))
    return layers.draw_layer(clean.shape[:2], generator)


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
        layers: As in :class:`MixAdversarialRain`. Defaults to None.
        num_layers: Number :math:`k` of layers. Defaults to 3.
        alpha: Parameter of the Dirichlet distribution. Defaults to 1.
        prob: Share of the images that get rain. Defaults to 1.
        compose: Rain synthesis model. Defaults to ``'additive'``.

    Raises:
        ValueError: If an argument is outside the values above.
        TypeError: If the source has no ``draw_layer``.
    """

    def __init__(self,
                 layers: dict | None = None,
                 num_layers: int = 3,
                 alpha: float = 1.,
                 prob: float = 1.,
                 compose: str = 'additive') -> None:
        super().__init__(layers, num_layers, alpha, prob=prob, compose=compose)

    def transform(self, results: dict) -> dict:
        """Let it rain.

        Args:
            results: See above.

        Returns:
            See above.

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
