"""What a hook put in front of a model in training or testing."""
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from .params import Params


@dataclass
class InjectedRain:
    """Rain on one image of a batch.

    Attributes:
        name: Of files about the image: relative, without suffix.
        clean: RGB in [0, 1] without the rain. Shape (3, H, W).
        params: What the rain is made of.
        picture: Shows the rain alone, brightened by the factor that it is
            given: RGB or grey in [0, 1], shape (C, h, w). Nothing is rendered
            unless it is called.
        rainy: RGB in [0, 1] with the rain. Shape (3, H, W).
    """
    name: str
    clean: Tensor
    params: Params
    picture: Callable[[float], Tensor]
    rainy: Tensor
