import math
from typing import Any, Dict, Sequence, Tuple

_NEEDED: Dict[str, Sequence[Tuple[str, tuple]]] = dict(
    images=(('id', (int, str)), ('file_name', (str, ))),
    categories=(('id', (int, str)), ('name', (str, ))),
    annotations=(('image_id', (int, str)), ('category_id', (int, str)),
                 ('bbox', (list, tuple))))


def check_coco(content: Any, where: str = 'the annotations') -> Dict[str, Any]:
    """Look at the form of a COCO annotation file before it is used.

    Args:
        content: The file as read; ``annotations`` may be missing.
        where (str): What it is called in an error message.

    Returns:
        dict: The same.

    Raises:
        ValueError: A list or a field is missing or of another type, a box is
            not four finite numbers, or it refers to no category of the file.
    """
    if not isinstance(content, dict):
        raise ValueError(f'{where}: wanted a COCO file with images and '
                         f'categories, found {type(content).__name__}')
    for part, fields in _NEEDED.items():
        entries = content.get(part, [] if part == 'annotations' else None)
        if not isinstance(entries, list):
            raise ValueError(f'{where}: wanted a list `{part}`, found '
                             f'{type(entries).__name__}')
        for i, entry in enumerate(entries):
            _check_entry(entry, fields, f'{where}: {part}[{i}]')
    known = {entry['id'] for entry in content['categories']}
    for i, entry in enumerate(content.get('annotations', [])):
        if entry['category_id'] not in known:
            raise ValueError(f'{where}: annotations[{i}] wants category '
                             f'{entry["category_id"]!r}, which is not there')
    return content


def _check_entry(entry: Any, fields: Sequence[Tuple[str, tuple]],
                 where: str) -> None:
    if not isinstance(entry, dict):
        raise ValueError(f'{where}: wanted fields, found '
                         f'{type(entry).__name__}')
    for name, types in fields:
        value = entry.get(name)
        if not isinstance(value, types):
            raise ValueError(f'{where}: wanted {name!r} of '
                             f'{" or ".join(t.__name__ for t in types)}, '
                             f'found {value!r:.80}')
        if name == 'bbox' and not (len(value) == 4 and all(
                isinstance(v,
                           (int, float)) and abs(v) < 1e9 and math.isfinite(v)
                for v in value)):
            raise ValueError(f'{where}: wanted (x, y, width, height) in '
                             f'pixels, found {value!r:.80}')
