"""Rain layers of a bank, such as an attack's."""
from pathlib import Path
from typing import Tuple, Union

import torch
from torch import Tensor

from mmadvrain.functional.streak_window import render_window
from mmadvrain.registry import TASK_UTILS
from mmadvrain.structures import RainBank, RainFactors
from .random_corner import random_corner


@TASK_UTILS.register_module()
class BankLayers:
    """Layers drawn at random from a bank, and a random part of each.

    Source: "Generate an adversarial rain layer with new noise
    initialization", line 4 of Algorithm 3 of the paper. Every layer of a bank
    is the result of an attack that began with noise of its own. Differs from
    it in: the attack was on another image, long before.

    Args:
        bank (str | Path | RainBank): The bank, or its folder, see
            :class:`RainBank`.
        new_noise (bool): Whether to draw the noise of each layer anew, places
            and values, and to keep only translation and kernels as the attack
            left them. It widens a small bank, but the layer's rain no longer
            is where the attack put it. Defaults to False.

    Raises:
        FileNotFoundError: If there is no such bank.
        ValueError: If its files are damaged.
    """

    def __init__(self,
                 bank: Union[str, Path, RainBank],
                 new_noise: bool = False) -> None:
        self.bank = bank if isinstance(bank, RainBank) else RainBank(bank)
        self.new_noise = new_noise

    def draw_layer(self, size_hw: Tuple[int, int],
                   generator: torch.Generator) -> Tensor:
        """Draw one rain layer; the same generator, the same bits.

        Args:
            size_hw (tuple[int, int]): Height and width in pixels.
            generator (torch.Generator): On the CPU.

        Returns:
            Tensor: Not negative, float32. Shape (C, H, W).
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
        factors (RainFactors): On the CPU.
        generator (torch.Generator): On the CPU.

    Returns:
        RainFactors: Drops uniform over the image without replacement, values
        uniform within the bounds; translation and kernels as they were.
    """
    height, width = factors.size_hw
    place = torch.randperm(height * width, generator=generator)[:len(factors)]
    low, high = factors.bounds.noise
    values = low + (high - low) * torch.rand(len(factors), generator=generator)
    return factors.replace(
        positions=torch.stack((place // width, place % width), 1),
        noise=values.clamp(low, high).to(factors.noise))
