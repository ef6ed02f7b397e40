"""What a hook put in front of a model in training or testing."""
from dataclasses import dataclass

from torch import Tensor

from .params import Params


@dataclass
class InjectedRain:
    """Rain on one image of a batch.

    Attributes:
        name: The image, without folder and suffix.
        clean: RGB in [0, 1] without the rain. Shape (3, H, W).
        params: What the rain is made of.
        picture: The rain alone, RGB or grey in [0, 1]. Shape (C, h, w).
        rainy: RGB in [0, 1] with the rain. Shape (3, H, W).
    """
    name: str
    clean: Tensor
    params: Params
    picture: Tensor
    rainy: Tensor
