import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

from mmengine.logging import MMLogger


def _console(logger: logging.Logger) -> list[logging.Handler]:
    return [
        handler for handler in logger.handlers
        if not isinstance(handler, logging.FileHandler)
    ]


@contextmanager
def only_in_log_file() -> Iterator[None]:
    """Keep from the console what is printed and logged, but for warnings.

    The evaluators of MMDetection print a page a view, which would bury the
    table that compares the views. Their words go to the log file of the run.
    """
    logger = MMLogger.get_current_instance()
    levels = {handler: handler.level for handler in _console(logger)}
    printed = io.StringIO()
    for handler, level in levels.items():
        handler.setLevel(max(level, logging.WARNING))
    try:
        with redirect_stdout(printed):
            yield
    finally:
        if printed.getvalue().strip():
            logger.info('\n' + printed.getvalue().rstrip())
        for handler, level in levels.items():
            handler.setLevel(level)
