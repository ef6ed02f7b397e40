import math
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from mmengine.utils import scandir
from torch import Tensor

from mmadvrain.functional.pixel_space import image_hw
from mmadvrain.rain.compose import check_compose_model, compose_rain
from mmadvrain.rain.magnitude import measure_rain
from mmadvrain.registry import TASK_UTILS
from mmadvrain.typing import Image, PathLike, SizeHW
from mmadvrain.utils.images import IMAGE_SUFFIXES, read_image

from .base_perturbation import BasePerturbation
from .noise import Noise

_WHITE = {np.dtype(np.uint8): 255., np.dtype(np.uint16): 65535.}


@TASK_UTILS.register_module()
class StreakDatabase(BasePerturbation[Noise]):
    """Rain that was photographed or rendered by others: a baseline.

    Layers are picked from a folder of images of rain on black, e.g. those
    made of the streak database of Garg and Nayar, "Photorealistic Rendering
    of Rain Streaks", SIGGRAPH 2006. One that is smaller than the image is
    enlarged until it covers it; then a part of the image's size is cut out
    at random. Nothing is optimised: an attack with it takes one step.

    Args:
        folder: Searched with its subfolders. Images of 8 or 16 bits, grey or
            coloured.
        num_layers: How many are added up. Defaults to 1.
        gain: Factor on their brightness. Defaults to 1.
        compose: Rain synthesis model, see
            :func:`mmadvrain.rain.compose.compose_rain`. Defaults to
            ``'additive'``.

    Raises:
        FileNotFoundError: If there is no such folder, or no image in it.
        ValueError: If a number is out of range, or there is no such
            synthesis model.
    """

    def __init__(self,
                 folder: PathLike,
                 num_layers: int = 1,
                 gain: float = 1.,
                 compose: str = 'additive') -> None:
        if not Path(folder).is_dir():
            raise FileNotFoundError(
                f'no folder of streak images at {folder}: get such images, '
                "e.g. those of Garg and Nayar's streak database, and give "
                'their folder as `folder`')
        if num_layers < 1:
            raise ValueError(
                f'`num_layers` must be positive, but got {num_layers}')
        if not gain > 0:
            raise ValueError(f'`gain` must be positive, but got {gain}')
        self.folder = Path(folder)
        self.names: list[str] = sorted(
            scandir(
                folder,
                suffix=IMAGE_SUFFIXES,
                recursive=True,
                case_sensitive=False))
        if not self.names:
            raise FileNotFoundError(
                f'the folder of streak images {folder} is empty: wanted files '
                f'ending in one of {IMAGE_SUFFIXES}')
        self.num_layers = num_layers
        self.gain = gain
        self.compose = check_compose_model(compose)

    def begin(self, clean: Tensor, generator: torch.Generator) -> Noise:
        """Pick the rain layer of an image.

        Args:
            clean: RGB in [0, 1]. Shape (3, H, W).
            generator: Private to this image, on the CPU.

        Raises:
            ValueError: If a picked file is not an image of 8 or 16 bits.
        """
        return self._draw(image_hw(clean), generator).to(clean)

    def _draw(self, size_hw: SizeHW, generator: torch.Generator) -> Noise:

        def below(count: int) -> int:
            return int(torch.randint(count, (), generator=generator))

        total = torch.zeros(3, *size_hw)
        for _ in range(self.num_layers):
            layer = self._read(self.names[below(len(self.names))])
            short = max(w / h for w, h in zip(size_hw, layer.shape[1:]))
            if short > 1:
                sides = [math.ceil(short * side) for side in layer.shape[1:]]
                layer = F.interpolate(
                    layer[None], sides, mode='bilinear',
                    align_corners=False)[0]
            top, left = (below(has - wants + 1)
                         for has, wants in zip(layer.shape[1:], size_hw))
            total += layer[:, top:top + size_hw[0], left:left + size_hw[1]]
        return Noise((self.gain * total).clamp(0, 1))

    def _read(self, name: str) -> Tensor:
        """One image of the folder, RGB in [0, 1]."""
        image = read_image(self.folder / name,
                           cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
        if image.dtype not in _WHITE:
            raise ValueError(f'{self.folder / name} must be an image of 8 or '
                             f'16 bits, but holds {image.dtype}')
        rgb = np.ascontiguousarray(image[:, :, ::-1].transpose(2, 0, 1))
        white = _WHITE[image.dtype]
        return torch.from_numpy(rgb.astype(np.float32) / white)

    def perturb(self, clean: Tensor, params: Noise) -> Tensor:
        """Rainy image.

        Args:
            clean: RGB in [0, 1]. Shape (3, H, W).
            params: Its rain layer.

        Returns:
            RGB in [0, 1]. Shape (3, H, W).
        """
        return compose_rain(clean, params.values, self.compose)

    def require_grad(self, params: Noise) -> Noise:
        """The same layer; it takes no gradient."""
        return params.detach()

    def descend(self, params: Noise, initial: Noise, drawn: Tensor,
                direction: Tensor, step: int, steps: int) -> Noise:
        """The same layer, since nothing is optimised."""
        return params.detach()

    def random_like(self,
                    params: Noise,
                    generator: torch.Generator,
                    measure: str | None = None) -> Noise:
        """Another layer of the folder; its magnitude is what it is.

        Args:
            params: Rain layer of the size that is wanted.
            generator: Private to this image, on the CPU.
            measure: Has no choice here, and is None.
        """
        return self._draw(image_hw(params.values), generator)

    def magnitude(self, params: Noise) -> dict[str, float]:
        """Area of the binary rain map, mean brightness and chroma."""
        return measure_rain(params.values)

    def picture(self,
                params: Noise,
                image: Image,
                clean: Image,
                gain: float = 1.) -> Image:
        """Show the rain layer; see :class:`BasePerturbation`."""
        return (gain * params.values).clamp(0, 1)
