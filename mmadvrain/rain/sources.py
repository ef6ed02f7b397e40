"""Rain layers to train with: drawn at random, or from a bank."""
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from mmadvrain.registry import TASK_UTILS
from mmadvrain.typing import PathLike, SizeHW

from .bank import RainBank
from .factors import RainFactors
from .streaks import render_window
from .uniform_factors import UniformFactors


@runtime_checkable
class RainSource(Protocol):
    """What rain layers for training come from."""

    def draw_layer(self, size_hw: SizeHW, generator: torch.Generator, *clean:
                   Tensor) -> Tensor:
        """Draw one rain layer.

        Args:
            size_hw: Height and width in pixels.
            generator: On the CPU.
            *clean: The clean image, RGB in [0, 1], shape (3, H, W), of a
                source with a true ``needs_clean``.

        Returns:
            Shape (C, H, W).
        """


def random_corner(size_hw: Sequence[int],
                  generator: torch.Generator) -> tuple[int, int]:
    """Draw a pixel of an image, each as likely.

    Args:
        size_hw: Height and width in pixels.
        generator: On the CPU.

    Returns:
        Row and column.
    """
    row, column = (
        int(torch.randint(size, (), generator=generator)) for size in size_hw)
    return row, column


@TASK_UTILS.register_module()
class UniformRain:
    """Normal rain: layers of factors drawn at random.

    The rain is that of a whole photograph, of which a patch sees a part;
    drawn for the patch itself, streaks would be as much shorter as the patch
    is smaller. Only as many drops as a patch holds are drawn; streaks that
    leave it come in again on the other side.

    Args:
        factors: How factors are drawn. None means :class:`UniformFactors` as
            it is. Defaults to None.
        view_hw: Height and width, in pixels, of the photograph. Defaults to
            (480, 640).

    Raises:
        ValueError: If the photograph is empty.
    """

    def __init__(
        self,
        factors: UniformFactors | dict | None = None,
        view_hw: SizeHW = (480, 640)
    ) -> None:
        if len(view_hw) != 2 or min(view_hw) < 1:
            raise ValueError('`view_hw` must be a positive height and width, '
                             f'but got {view_hw}')
        if factors is None:
            factors = UniformFactors()
        self.factors: UniformFactors = TASK_UTILS.build(factors) if isinstance(
            factors, dict) else factors
        self.view_hw: SizeHW = (view_hw[0], view_hw[1])

    def draw_layer(self, size_hw: SizeHW,
                   generator: torch.Generator) -> Tensor:
        """Draw one rain layer; the same generator, the same bits.

        Args:
            size_hw: Height and width in pixels.
            generator: On the CPU.

        Returns:
            Not negative, float32. Shape (3, H, W).
        """
        part = self.factors.in_part(size_hw, self.view_hw)
        factors = part.draw(size_hw, generator)
        return render_window(factors, (0, 0), size_hw)


@TASK_UTILS.register_module()
class BankRain:
    """Layers drawn at random from a bank, and a random part of each.

    Source: "Generate an adversarial rain layer with new noise
    initialization", line 4 of Algorithm 3 of the paper. Every layer of a bank
    is the result of an attack that began with noise of its own. Differs from
    it in: the attack was on another image, long before.

    Args:
        bank: The bank, or its folder, see :class:`RainBank`.
        new_noise: Whether to draw the noise of each layer anew, places and
            values, and to keep only translation and kernels as the attack left
            them. It widens a small bank, but the layer's rain no longer is
            where the attack put it. Defaults to False.

    Raises:
        FileNotFoundError: If there is no such bank.
        ValueError: If its files are damaged.
    """

    def __init__(self,
                 bank: PathLike | RainBank,
                 new_noise: bool = False) -> None:
        self.bank = bank if isinstance(bank, RainBank) else RainBank(bank)
        self.new_noise = new_noise

    def draw_layer(self, size_hw: SizeHW,
                   generator: torch.Generator) -> Tensor:
        """Draw one rain layer; the same generator, the same bits.

        Args:
            size_hw: Height and width in pixels.
            generator: On the CPU.

        Returns:
            Not negative, float32. Shape (C, H, W).
        """
        factors = self.bank.draw(generator)
        if self.new_noise:
            factors = renew_noise(factors, generator)
        corner = random_corner(factors.size_hw, generator)
        return render_window(factors, corner, size_hw)


def renew_noise(factors: RainFactors,
                generator: torch.Generator) -> RainFactors:
    """Draw the sparse noise image anew, with as many drops.

    Args:
        factors: On the CPU.
        generator: On the CPU.

    Returns:
        Drops uniform over the image without replacement, values uniform within
        the bounds; translation and kernels as they were.
    """
    height, width = factors.size_hw
    place = torch.randperm(height * width, generator=generator)[:len(factors)]
    low, high = factors.bounds.noise
    values = low + (high - low) * torch.rand(len(factors), generator=generator)
    return factors.replace(
        positions=torch.stack((place // width, place % width), 1),
        noise=values.clamp(low, high).to(factors.noise))
