import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch


def _keep(value: Any, ndigits: Any = None) -> Any:
    return value


@contextmanager
def unrounded(metrics: Sequence) -> Iterator[None]:
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
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(
                patch.object(sys.modules[name], 'round', _keep, create=True))
        yield
