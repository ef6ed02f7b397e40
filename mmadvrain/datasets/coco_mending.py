"""COCO files as tools write them -> as MMDetection and pycocotools read them.

Pure functions from content to content; nothing is changed in place. Entries
of another form stay as they are, for the checks of
:mod:`mmadvrain.datasets.coco_format` to name.
"""
from collections.abc import Callable
from typing import Any

_WHOLE = dict(
    images=('id', 'height', 'width'),
    categories=('id', ),
    annotations=('id', 'image_id', 'category_id', 'iscrowd'))


def with_plain_fields(content: dict) -> dict:
    """Write whole numbers as integers, and fill in what has one reading.

    Args:
        content: With a list in ``images``, ``categories`` and, perhaps,
            ``annotations``.

    Returns:
        The same with integers for whole floats (``height: 480.0``) and for
        true and false; slashes for backslashes in file names; ``iscrowd`` 0
        and the box's area for ``area`` where there is none.
    """
    content = dict(content)
    for part, names in _WHOLE.items():
        content[part] = [
            _plain(entry, names) if isinstance(entry, dict) else entry
            for entry in content.get(part, [])
        ]
    content['annotations'] = [
        _filled(entry) if isinstance(entry, dict) else entry
        for entry in content['annotations']
    ]
    return content


def _plain(entry: dict, names: tuple[str, ...]) -> dict:
    whole: dict[str, Any] = {
        name: int(entry[name])
        for name in names if isinstance(entry.get(name), bool)
        or isinstance(entry.get(name), float) and entry[name].is_integer()
    }
    if isinstance(entry.get('file_name'), str):  # of tools on Windows
        whole['file_name'] = entry['file_name'].replace('\\', '/')
    return dict(entry, **whole)


def _filled(entry: dict) -> dict:
    entry = dict(entry)
    if entry.get('iscrowd') is None:
        entry['iscrowd'] = 0
    box = entry.get('bbox')
    if entry.get('area') is None and isinstance(box, list) and len(box) == 4 \
            and all(isinstance(v, (int, float)) for v in box):
        entry['area'] = box[2] * box[3]
    return entry


def without_strays(content: dict) -> tuple[dict, list[str]]:
    """Leave out annotations that belong to nothing.

    The rest are numbered anew where an id is no positive number: pycocotools
    takes a match with object 0 for none, and nothing refers to these ids.

    Args:
        content: In the form that :func:`read_coco` asks for.

    Returns:
        The rest, and a sentence for each kind of what was left out.
    """
    images = {entry['id'] for entry in content['images']}
    categories = {entry['id'] for entry in content['categories']}
    strays: dict[str, Callable[[dict], Any]] = {
        'images that are not listed, the first of image':
        lambda a: a['image_id'] not in images and [a['image_id']],
        'categories that are not listed, the first of category':
        lambda a: a['category_id'] not in categories and [a['category_id']],
        'boxes without area, the first with width and height':
        lambda a: (a['bbox'][2] <= 0 or a['bbox'][3] <= 0) and a['bbox'][2:],
    }
    kept, left_out = content['annotations'], []
    for what, is_stray in strays.items():
        found = [a for a in kept if is_stray(a)]
        if found:
            kept = [a for a in kept if not is_stray(a)]
            first = ' and '.join(repr(v) for v in is_stray(found[0]))
            left_out.append(f'{len(found)} annotations of {what} {first}')
    if any(not isinstance(a['id'], int) or a['id'] < 1 for a in kept):
        kept = [dict(a, id=i) for i, a in enumerate(kept, 1)]
    return dict(content, annotations=kept), left_out
