"""What flags mean, as ``docs/flags.md`` says it."""
import re
from pathlib import Path

import mmadvrain

_PACKAGE = Path(mmadvrain.__file__).parent
_PLACES = (_PACKAGE.parent / 'docs' / 'flags.md',
           _PACKAGE / '.mim' / 'flags.md')
"""In a checkout, and in an installed package."""


def flag_texts() -> dict[str, list[tuple[str, str]]]:
    """Explanations of all flags.

    Returns:
        By flag, pairs of ``'Raised if'``, ``'It means'`` or ``'What to do'``
        and a sentence; nothing where the page is not there.
    """
    for path in _PLACES:
        if path.is_file():
            return parse_flags(path.read_text(encoding='utf-8'))
    return {}


def parse_flags(text: str) -> dict[str, list[tuple[str, str]]]:
    """Read ``docs/flags.md``.

    Args:
        text: A heading for each flag, and a list of ``Word: sentence``.
    """
    found = {}
    for part in re.split(r'^## ', text, flags=re.M)[1:]:
        head, _, body = part.partition('\n')
        items = re.findall(r'^- ([^:]+):\s(.*?)(?=^- |\Z)', body, re.M | re.S)
        found[head.strip('` ')] = [(word, _plain(said))
                                   for word, said in items]
    return found


def _plain(markdown: str) -> str:
    text = re.sub(r'\[([^\]]+)\]\([^)]+\)', r'\1', markdown)
    return ' '.join(text.replace('`', '').split())
