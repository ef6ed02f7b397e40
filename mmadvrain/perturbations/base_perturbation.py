from abc import ABCMeta, abstractmethod
from typing import Any

import torch
from torch import Tensor


class BasePerturbation(metaclass=ABCMeta):
    """What an attack optimises: a rain layer, noise, or anything else.

    Its parameters are of one image; they have ``detach()``, ``to(device)``
    and ``save(path)``.
    """

    @abstractmethod
    def begin(self, clean: Tensor, generator: torch.Generator) -> Any:
        """Parameters that an attack on this image starts from.

        Args:
            clean: RGB in [0, 1]. Shape (3, H, W).
            generator: Private to this image, on the CPU.
        """

    @abstractmethod
    def perturb(self, clean: Tensor, params: Any) -> Tensor:
        """Perturbed image, differentiable in the parameters.

        Args:
            clean: RGB in [0, 1]. Shape (3, H, W).
            params: Its parameters.

        Returns:
            RGB in [0, 1]. Shape (3, H, W).
        """

    @abstractmethod
    def require_grad(self, params: Any) -> Any:
        """The same parameters as new leaves of the autograd graph."""

    @abstractmethod
    def descend(self, params: Any, initial: Any, drawn: Tensor,
                direction: Tensor, step: int, steps: int) -> Any:
        """One step of the parameters against an image gradient.

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
    def random_like(self, params: Any, generator: torch.Generator) -> Any:
        """Parameters drawn at random that change an image as much.

        Args:
            params: What to match in magnitude.
            generator: Private to this image, on the CPU.
        """

    @abstractmethod
    def magnitude(self, params: Any) -> dict[str, float]:
        """How much the parameters change an image, by named measures."""
