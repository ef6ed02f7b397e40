"""Where a random part of a rain layer begins."""
from typing import Sequence, Tuple

import torch


def random_corner(size_hw: Sequence[int],
                  generator: torch.Generator) -> Tuple[int, int]:
    """Draw a pixel of an image, each as likely.

    Args:
        size_hw (sequence[int]): Height and width in pixels.
        generator (torch.Generator): On the CPU.

    Returns:
        tuple[int, int]: Row and column.
    """
    row, column = (
        int(torch.randint(size, (), generator=generator)) for size in size_hw)
    return row, column
