"""Names of classes, as a config says them and as an annotation file does."""
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from mmadvrain.typing import ImageKey
from mmadvrain.utils.files import read_text

_SHOWN = 5


def clean_class_names(data: MutableMapping,
                      default: Mapping) -> tuple[str, ...] | None:
    """Names of a data set's classes, before it is built.

    MMDetection passes over a field that it does not know, and takes a text
    for a file or for as many classes as it has letters.

    Args:
        data: Config of the data set. Where its ``metainfo`` names a file of
            classes, their names stand there afterwards.
        default: The data set's own ``METAINFO``.

    Returns:
        None where nobody names any.

    Raises:
        ValueError: If they are no list of names that differ.
    """
    meta = data.get('metainfo') or {}
    classes: Any = meta.get('classes', default.get('classes'))
    for key in meta:
        if 'classes' not in meta and str(key).lower() in ('classes', 'class'):
            raise ValueError(f"metainfo has {key!r}, wanted 'classes': "
                             'MMDetection passes over any other spelling')
    if isinstance(classes, str):
        if not Path(classes).is_file():
            raise ValueError(
                'wanted a list of names for metainfo.classes, such as '
                f"('{classes}', ), or a text file with one a line, found the "
                f'text {classes!r}')
        lines = read_text(classes).splitlines()
        classes = meta['classes'] = tuple(line.strip() for line in lines
                                          if line.strip())
    if classes is None:
        return None
    if not isinstance(classes, Sequence) or not classes or any(
            not isinstance(name, str) for name in classes):
        raise ValueError('wanted a list of names for metainfo.classes, found '
                         f'{classes!r:.80}')
    doubled = [
        name for name in dict.fromkeys(classes)
        if list(classes).count(name) > 1
    ]
    if doubled:
        raise ValueError(f'wanted each name once in metainfo.classes, found '
                         f'{_names(doubled)} again')
    return tuple(classes)


def check_categories(classes: Sequence[str],
                     categories: Sequence[Mapping],
                     where: str,
                     by_id: bool = False,
                     ascending: bool = False) -> None:
    """Compare a data set's classes with the categories of a COCO file.

    MMDetection takes the categories that are named in ``classes`` in the
    order of the file, without a word: the i-th of them is label i.

    Args:
        classes: Names in the order of the labels.
        categories: Of the file: ``id`` and ``name``.
        where: What the file is called in an error message.
        by_id: Whether the reader sorts categories by their ids first.
            Defaults to False.
        ascending: Whether their ids must ascend: MMDetection's CocoMetric
            names the numbers of classes in the order of the file, where
            pycocotools gives them in that of the ids. Defaults to False.

    Raises:
        ValueError: If they are not the same in the same order; says what
            lacks, what is doubled, or what is in another order.
    """
    if by_id:
        categories = sorted(categories, key=lambda entry: entry['id'])
    ids: dict[str, list[ImageKey]] = {}
    for entry in categories:
        ids.setdefault(entry['name'], []).append(entry['id'])
    problems = []
    lacking = [name for name in classes if name not in ids]
    if lacking:
        problems.append(f'{len(lacking)} of them lack ({_names(lacking)}; the '
                        f'file has {_names(list(ids))})')
    doubled = [name for name in classes if len(ids.get(name, ())) > 1]
    if doubled:
        also = ', '.join(map(repr, ids[doubled[0]]))
        problems.append(f'{_names(doubled)} is there more than once (ids '
                        f'{also})')
    order = [name for name in ids if name in set(classes)]
    wanted = [name for name in classes if name in ids]
    if order != wanted:
        problems.append(f'they are in another order ({_names(order)})')
    numbers = [entry['id'] for entry in categories if entry['name'] in wanted]
    if ascending and not problems and numbers != sorted(numbers):
        raise ValueError(
            f'{where}: wanted categories whose ids ascend, since CocoMetric '
            'with classwise=True gives classes the numbers of one another '
            f'else, but they are {_names(numbers)}; mmadvrain.FastCocoMetric '
            'takes any')
    if problems:
        raise ValueError(
            f'{where}: wanted the {len(classes)} classes of the data set '
            f'({_names(classes)}) as its categories, once each and in this '
            f'order, but {"; ".join(problems)}. Write metainfo=dict(classes='
            '...) of the data set as the file has them, or mend the file')


def _names(names: Sequence[ImageKey]) -> str:
    shown = ', '.join(map(repr, names[:_SHOWN]))
    return f'{shown}, ...' if len(names) > _SHOWN else shown
