import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from mmengine.evaluator import BaseMetric

ValueT = TypeVar('ValueT')


def _keep(value: ValueT, ndigits: int | None = None) -> ValueT:
    return value


@contextmanager
def unrounded(metrics: Sequence[BaseMetric]) -> Iterator[None]:
    """Let MMDetection's metrics return what they computed.

    They round their results to three decimals with the built-in ``round``.
    Inside this context the modules that define them see a ``round`` that
    rounds nothing; nobody else is touched.

    Args:
        metrics: The metrics of an evaluator.
    """
    names = {
        kind.__module__
        for metric in metrics
        for kind in type(metric).__mro__
        if kind.__module__.startswith('mmdet.')
    }
    spaces = [vars(sys.modules[name]) for name in names]
    spaces = [space for space in spaces if 'round' not in space]
    for space in spaces:
        space['round'] = _keep
    try:
        yield
    finally:
        for space in spaces:
            del space['round']
