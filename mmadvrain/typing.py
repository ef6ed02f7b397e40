"""Names of the types that travel through the whole package."""
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

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

Predictions: TypeAlias = dict[str, dict]
"""What was predicted, by image id."""


@runtime_checkable
class ComparesWithClean(Protocol):
    """Metric that compares a view with the clean images of the same model.

    Attributes:
        last: Predictions of the last evaluation.
        reference: Those on the clean images. None until they are known.
    """

    last: Predictions
    reference: Predictions | None
