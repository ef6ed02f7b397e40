"""What a test pipeline and a data preprocessor do to an image besides."""
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mmengine.dataset import BaseDataset
from torch import nn


@contextmanager
def without_batch_augments(preprocessor: Any) -> Iterator[nn.Module]:
    """Let a data preprocessor prepare masks, which it does in training."""
    before = getattr(preprocessor, 'batch_augments', None)
    if before is not None:
        preprocessor.batch_augments = None
    try:
        yield preprocessor
    finally:
        if before is not None:
            preprocessor.batch_augments = before


def pad_value_of(dataset: BaseDataset) -> Sequence[float]:
    """BGR in [0, 255] of the padding that the test pipeline adds."""
    for step in dataset.pipeline.transforms:
        value = getattr(step, 'pad_val', None)
        if value is not None:
            value = value['img'] if isinstance(value, dict) else value
            return value if isinstance(value, (tuple, list)) else (value, ) * 3
    return (0, 0, 0)
