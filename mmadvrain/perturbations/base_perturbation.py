from abc import ABC, abstractmethod
from typing import Generic, TypeVar

import torch
from torch import Tensor

from mmadvrain.structures.params import Params
from mmadvrain.typing import Image

ParamsT = TypeVar('ParamsT', bound=Params)


class BasePerturbation(ABC, Generic[ParamsT]):
    """What an attack optimises: rain, noise, or anything else.

    Its parameters are of one image, see :class:`Params`. Beside the attack
    itself it answers what hooks and reports ask: how its parameters look
    (:meth:`picture`), how much they are (:meth:`magnitude`), and whether they
    keep their bounds (:meth:`violations`).

    Attributes:
        measures: Magnitudes by which :meth:`random_like` can match.
    """

    measures: tuple[str, ...] = ()

    @abstractmethod
    def begin(self, clean: Image, generator: torch.Generator) -> ParamsT:
        """Parameters that an attack on this image starts from.

        Args:
            clean: The image.
            generator: Private to this image, on the CPU.
        """

    @abstractmethod
    def perturb(self, clean: Image, params: ParamsT) -> Image:
        """Perturb an image, differentiably in the parameters.

        Args:
            clean: The image.
            params: Its parameters.
        """

    @abstractmethod
    def require_grad(self, params: ParamsT) -> ParamsT:
        """Return the same parameters as new leaves of the autograd graph."""

    @abstractmethod
    def descend(self, params: ParamsT, initial: ParamsT, drawn: Image,
                direction: Tensor, step: int, steps: int) -> ParamsT:
        """Step the parameters once against an image gradient.

        Args:
            params: Leaves, as from :meth:`require_grad`.
            initial: Where the attack on this image started.
            drawn: What :meth:`perturb` made of ``params``.
            direction: Gradient with respect to ``drawn``, after the gradient
                rules. Shape (3, H, W).
            step: Attack step, counted from 1.
            steps: Number of steps of the attack.

        Returns:
            New parameters, inside their bounds, without graph.
        """

    @abstractmethod
    def random_like(self,
                    params: ParamsT,
                    generator: torch.Generator,
                    measure: str | None = None) -> ParamsT:
        """Draw parameters at random that change an image as much.

        Args:
            params: What to match in magnitude.
            generator: Private to this image, on the CPU.
            measure: One of :attr:`measures`. None is the perturbation's own.
        """

    @abstractmethod
    def magnitude(self, params: ParamsT) -> dict[str, float]:
        """Measure how much the parameters change an image."""

    def picture(self,
                params: ParamsT,
                image: Image,
                clean: Image,
                gain: float = 1.) -> Image:
        """Show the perturbation alone.

        Args:
            params: What was found for the image.
            image: The perturbed image.
            clean: The image before.
            gain: Factor on the brightness. Defaults to 1.

        Returns:
            In [0, 1]; unless a subclass knows better, the change of each pixel
            around middle grey. Shape (1 or 3, H, W).
        """
        return (0.5 + gain * (image - clean)).clamp(0, 1)

    def violations(self,
                   params: ParamsT,
                   initial: ParamsT,
                   image: Image,
                   clean: Image,
                   tolerance: float = 1e-6) -> list[str]:
        """Name the bounds that a result does not keep.

        Args:
            params: What the attack ended with.
            initial: What it started from.
            image: The perturbed image.
            clean: The image before.
            tolerance: How far outside rounding may lead. Defaults to 1e-6.

        Returns:
            Flags of ``docs/flags.md``, such as ``out_of_bounds``; none unless
            a subclass knows bounds.
        """
        return []
