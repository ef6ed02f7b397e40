"""Physical rain on the images of a pipeline."""
from typing import Any

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness

from mmadvrain.functional.pixel_space import (
    from_bgr_levels,
    image_hw,
    private_draw,
    to_bgr_uint8,
)
from mmadvrain.rain.particles import ParticleRain
from mmadvrain.rain.quantities import check_rate, check_within
from mmadvrain.registry import TRANSFORMS

SEVERITIES = dict(
    light=(0.5, 2.5),
    moderate=(2.5, 10.),
    heavy=(10., 50.),
    violent=(50., 100.))
"""Rain rates in mm/h by their usual names."""


@TRANSFORMS.register_module()
class AddRain(BaseTransform):
    """Let rain of a rate in mm/h fall on an image.

    To be put ahead of what resizes, since the camera is that of the whole
    image. Boxes and masks stay as they are. :meth:`on_image` does the same to
    an array without a pipeline.

    Required Keys:

    - img (np.uint8), BGR, shape (H, W, 3)

    Modified Keys:

    - img (np.uint8)

    Args:
        rate_mm_h: Rain rate; a pair, of which each image gets a rate between,
            the logarithm uniform; or ``'light'``, ``'moderate'``, ``'heavy'``
            or ``'violent'``, with limits of 2.5, 10 and 50 mm/h.
        prob: Share of the images that get rain. Defaults to 1.
        rain: Other options of :class:`ParticleRain`, such as
            ``camera='kitti'``.

    Raises:
        TypeError: If something that must be is no number.
        ValueError: If a number is out of range or a name unknown, or the veil
            wants a depth map.
    """

    def __init__(self,
                 rate_mm_h: float | tuple[float, float] | str = 25.,
                 prob: float = 1.,
                 **rain: Any) -> None:
        if isinstance(rate_mm_h, str):
            if rate_mm_h not in SEVERITIES:
                raise ValueError('`rate_mm_h` must be a rate, a range or one '
                                 f'of {list(SEVERITIES)}, but got '
                                 f'{rate_mm_h!r}')
            rate_mm_h = SEVERITIES[rate_mm_h]
        low, high = rate_mm_h if isinstance(
            rate_mm_h,
            (tuple, list)) and len(rate_mm_h) == 2 else (rate_mm_h, rate_mm_h)
        check_rate(low, none_too=False)
        check_rate(high, none_too=False)
        if low > high:
            raise ValueError('`rate_mm_h` must be an increasing pair, but got '
                             f'{rate_mm_h}')
        check_within(0., 1., prob=prob)
        if rain.get('veil') == 'depth':
            raise ValueError("AddRain gets no depth maps, as veil='depth' "
                             "wants them: wanted veil='ground' or None")
        self.rate_mm_h = (float(low), float(high))
        self.prob = prob
        self.rain = rain
        ParticleRain(low, **rain)  # fails now, not at the first image

    def on_image(self, image: np.ndarray,
                 generator: torch.Generator) -> np.ndarray:
        """Let it rain on an array.

        Args:
            image: BGR, uint8. Shape (H, W, 3).
            generator: On the CPU.

        Returns:
            As the image.

        Raises:
            TypeError: If it is no array.
            ValueError: If the array is of another type or shape.
        """
        if not isinstance(image, np.ndarray):
            raise TypeError('AddRain wants an array, but got a '
                            f'{type(image).__name__}')
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise ValueError('AddRain wants BGR images of uint8 and shape (H, '
                             f'W, 3), but got {image.dtype} of {image.shape}')
        low, high = self.rate_mm_h
        share = float(torch.rand((), generator=generator))
        rain = ParticleRain(low * (high / low)**share, **self.rain)
        levels = torch.from_numpy(np.ascontiguousarray(image))
        clean = from_bgr_levels(levels.permute(2, 0, 1))
        drops = rain.draw(image_hw(clean), generator)
        return to_bgr_uint8(rain.render(clean, drops))

    @cache_randomness
    def _draw(self) -> tuple[bool, torch.Generator]:
        return bool(np.random.random() < self.prob), private_draw()

    def transform(self, results: dict) -> dict:
        """Let it rain.

        Args:
            results: See above.

        Returns:
            See above.

        Raises:
            ValueError: If the image is not of the type above.
        """
        wanted, generator = self._draw()
        if wanted:
            results['img'] = self.on_image(results['img'], generator)
        return results

    def __repr__(self) -> str:
        """Return the class name and its options."""
        return (f'{type(self).__name__}(rate_mm_h={self.rate_mm_h}, '
                f'prob={self.prob}, rain={self.rain})')
