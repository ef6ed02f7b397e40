from typing import Any

import numpy as np
import torch

from mmadvrain.datasets.transforms.add_rain import AddRain
from mmadvrain.functional.pixel_space import (
    from_bgr_uint8,
    image_hw,
    to_bgr_uint8,
)
from mmadvrain.rain import (
    RainFactors,
    UniformFactors,
    compose_rain,
    render_streaks,
)
from mmadvrain.typing import BgrLevels, PathLike
from mmadvrain.utils.images import read_image


def apply_rain(image: PathLike | BgrLevels,
               rain: float | str | RainFactors | UniformFactors = 25.,
               seed: int = 0,
               **options: Any) -> BgrLevels:
    """Let it rain on an image, without an attack.

    Args:
        image: A file, or an array as ``cv2.imread`` gives it: BGR, uint8,
            shape (H, W, 3), which stays as it is.
        rain: A rate in mm/h, or ``'light'``, ``'moderate'``, ``'heavy'`` or
            ``'violent'``, of physical rain, see :class:`AddRain`; or rain of
            the paper: its factors, or :class:`UniformFactors` to draw them.
            Defaults to 25 mm/h.
        seed: Of all that is drawn. Defaults to 0.
        **options: Of :class:`ParticleRain`, such as ``camera='kitti'``; of the
            paper's rain ``compose``, see :func:`compose_rain`.

    Returns:
        BGR, uint8. Shape (H, W, 3).

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the image is none, or of another type or shape, there is
            no such rain, or factors are of another size.
    """
    array = image if isinstance(image, np.ndarray) else read_image(image)
    generator = torch.Generator().manual_seed(seed)
    if not isinstance(rain, (RainFactors, UniformFactors)):
        return AddRain(rain, **options).on_image(array, generator)
    clean = from_bgr_uint8(array)
    if isinstance(rain, UniformFactors):
        rain = rain.draw(image_hw(clean), generator)
    if tuple(rain.size_hw) != image_hw(clean):
        raise ValueError('wanted factors of rain over {}x{} pixels (height x '
                         'width), got those of {}x{}'.format(
                             *image_hw(clean), *rain.size_hw))
    layer = render_streaks(rain.detach().to('cpu'))
    model = options.pop('compose', 'additive')
    return to_bgr_uint8(compose_rain(clean, layer, model, **options))
