"""Exit codes beside torchrun, to which each but 0 is a process that died.

It starts all processes anew where one ended by another code. What starting
anew cannot mend is written to a file, which later processes find and which the
script that started torchrun reads.
"""
import os
from collections.abc import Callable
from pathlib import Path

EXIT_FILE = 'MMADVRAIN_EXIT_FILE'
"""Variable of the environment that names the file."""

_REFUSED = (AssertionError, ImportError, KeyError, OSError, SyntaxError,
            TypeError, ValueError)
# of a process that waited for one that died
_OF_OTHERS = (ConnectionError, TimeoutError)


def ends_once(main: Callable[[], int | None]) -> int | None:
    """Run a tool so that torchrun starts it anew only where that helps.

    Args:
        main: Returns the exit code, None for 0.

    Returns:
        Its exit code; 0 in place of another one that was written down.

    Raises:
        SystemExit: If a process before was refused, with its code.
        Exception: What ``main`` raises.
    """
    name = os.environ.get(EXIT_FILE)
    if not name:
        return main()
    file = Path(name)
    known = file.read_text().strip() if file.is_file() else ''
    if known:
        raise SystemExit(int(known))
    try:
        code = main()
    except _REFUSED as error:
        if not isinstance(error, _OF_OTHERS):
            file.write_text('1')
        raise
    except SystemExit as leaving:
        if leaving.code == 2:  # wrong arguments
            file.write_text('2')
        raise
    if code:
        file.write_text(f'{code}')
    return 0
