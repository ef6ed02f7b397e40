"""What is optimised on one image, whatever it is."""
from typing import ClassVar, Protocol

import torch
from typing_extensions import Self

from mmadvrain.typing import PathLike


class Params(Protocol):
    """Parameters of a perturbation of one image.

    :class:`mmadvrain.rain.RainFactors` and
    :class:`mmadvrain.perturbations.Noise` are such.

    Attributes:
        suffix: Of the files that :meth:`save` writes, with the dot.
    """
    suffix: ClassVar[str]

    def detach(self) -> Self:
        """Return the same parameters without graph."""

    def to(self, device: torch.device | str) -> Self:
        """Return the parameters on a device."""

    def save(self, path: PathLike) -> None:
        """Write the parameters to a file."""
