"""Names of the types that travel through the whole package."""
from pathlib import Path
from typing import TypeAlias

import numpy as np
from torch import Tensor

PathLike: TypeAlias = str | Path

Image: TypeAlias = Tensor
"""RGB in [0, 1]. Shape (3, H, W)."""

BgrLevels: TypeAlias = np.ndarray
"""BGR grey levels as files hold them, uint8. Shape (H, W, 3)."""

SizeHW: TypeAlias = tuple[int, int]
"""Height and width in pixels."""

ImageKey: TypeAlias = int | str
"""Identity of an image in its data set; with a seed it decides each draw."""

Scores: TypeAlias = dict[str, float]
"""Unrounded metrics by name."""
