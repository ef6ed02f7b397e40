import logging
from collections.abc import Callable
from pathlib import Path

from mmengine.logging import print_log


def tried(write: Callable[..., Path], *args: object) -> Path | None:
    """Write a page, or log why not: a page less ends no run.

    Args:
        write: Writes it.
        *args: Its arguments.

    Returns:
        The page; None where it could not be written.
    """
    try:
        return write(*args)
    except Exception as error:
        print_log(
            f'no report: {type(error).__name__}: {error}. '
            'tools/analysis_tools/report.py tries again',
            logger='current',
            level=logging.WARNING)
        return None
