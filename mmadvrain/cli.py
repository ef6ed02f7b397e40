"""Command line: ``mmadvrain TOOL`` runs a script of the folder ``tools``.

The scripts work alone too. What they share is here: a parser, what becomes of
errors, and silence while MMDetection is imported.
"""
import argparse
import ast
import io
import runpy
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, redirect_stdout
from pathlib import Path
from typing import NoReturn

from .version import __version__

_PACKAGE = Path(__file__).parent
_WRONG_INPUT = (AssertionError, ImportError, KeyError, OSError, RuntimeError,
                SyntaxError, TypeError, ValueError)
_CHATTER = ('faster_coco_eval is not installed',
            'Warning: The (bbox|polygon) is out of bounds',
            'pkg_resources is deprecated')
_INTERRUPTED = 130
_OF_SET_UP = ('link_mim', )


def find_tools() -> dict[str, Path]:
    """Scripts of the checkout or, as ``mim`` has them, of the package.

    Returns:
        Script by command, the name of its file.

    Raises:
        FileNotFoundError: If there are none.
    """
    for folder in (_PACKAGE / '.mim' / 'tools', _PACKAGE.parent / 'tools'):
        found = {
            path.stem: path
            for path in
            [*sorted(folder.glob('*.py')), *sorted(folder.glob('*/*.py'))]
            if "__name__ == '__main__'" in path.read_text(
                encoding='utf-8') and path.stem not in _OF_SET_UP
        }
        if found:
            return found
    raise FileNotFoundError(f'wanted the scripts of mmadvrain in {folder}, '
                            'found none; is it installed in full?')


def tool_parser(doc: str | None) -> argparse.ArgumentParser:
    """Parser of a tool's command line.

    Args:
        doc: What ``--help`` says, with an example.
    """
    parser = argparse.ArgumentParser(
        prog=f'mmadvrain {Path(sys.argv[0]).stem}',
        description=doc,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        '--debug',
        action='store_true',
        help='show where in the program an error came from')
    return parser


def quiet() -> AbstractContextManager:
    """Context for imports, in which MMDetection prints what it lacks."""
    return redirect_stdout(io.StringIO())


def run_mmdet_tool(name: str, doc: str | None) -> None:
    """Run a tool of MMDetection on the arguments of this process.

    Args:
        name: Of its script.
        doc: What ``--help`` says before MMDetection does.
    """
    with quiet():
        import mmdet

        from .utils.checkpoint import allow_openmmlab_globals
        allow_openmmlab_globals()
    if {'-h', '--help'} & set(sys.argv[1:]):
        sys.stdout.write(f'{doc}\n')
    if '--debug' in sys.argv:  # which MMDetection does not know
        sys.argv.remove('--debug')
    runpy.run_path(
        str(Path(mmdet.__file__).parent / '.mim' / 'tools' / name),
        run_name='__main__')


def run_tool(main: Callable[[], int | None]) -> NoReturn:
    """Run a tool and exit; wrong input ends in one sentence.

    Args:
        main: Returns the exit code, None for 0.
    """
    for message in _CHATTER:
        warnings.filterwarnings('ignore', message)
    debug = '--debug' in sys.argv
    if not debug:
        warnings.formatwarning = _format_warning
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        if debug:
            raise
        sys.exit(_INTERRUPTED)
    except _WRONG_INPUT as error:
        if debug:
            raise
        sys.exit(f'error: {_sentence(error)} (--debug shows where)')


def _format_warning(message: Warning | str, *args: object,
                    **kwargs: object) -> str:
    """A warning without its place in the program."""
    return f'warning: {message}\n'


def _sentence(error: BaseException) -> str:
    # the text of a KeyError is quoted, that of others is not
    text = error.args[0] if isinstance(error, KeyError) and error.args else \
        error
    return ' '.join(str(text).split()) or type(error).__name__


def _overview(tools: dict[str, Path]) -> str:
    """A line on each tool, the first of its documentation."""
    lines = []
    for name, path in tools.items():
        doc = ast.get_docstring(ast.parse(path.read_text(encoding='utf-8')))
        lines.append(f'  {name:18}{(doc or "").splitlines()[0]}')
    return '\n'.join(['tools:', *lines])


def _complete(name: str, tools: dict[str, Path]) -> list[str]:
    return [name] if name in tools else [
        tool for tool in tools if tool.startswith(name)
    ]


def main(argv: Sequence[str] | None = None) -> None:
    """Run the tool that the command line names.

    Args:
        argv: Its name, or the beginning of it, and its arguments. Defaults to
            those of the process.
    """
    tools = find_tools()
    parser = argparse.ArgumentParser(
        prog='mmadvrain',
        description='Attack detectors with rain, study it, and take it away.',
        epilog=_overview(tools) +
        '\n\nmmadvrain TOOL --help explains a tool and gives an example.',
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--version', action='version', version=__version__)
    parser.add_argument('tool', help='its name, or the beginning of it')
    parser.add_argument(
        'arguments', nargs=argparse.REMAINDER, help='those of the tool')
    args = parser.parse_args(argv)
    fitting = _complete(args.tool, tools)
    if len(fitting) != 1:
        parser.error(f'wanted one of {", ".join(fitting or tools)}, got '
                     f'{args.tool!r}')
    path = tools[fitting[0]]
    sys.argv[1:] = args.arguments
    sys.path.insert(0, str(path.parent))  # where tools share files
    runpy.run_path(str(path), run_name='__main__')
