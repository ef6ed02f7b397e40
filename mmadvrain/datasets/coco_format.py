"""Annotation files in COCO form, looked at before anything is built."""
import atexit
import json
import logging
import math
import os.path as osp
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from mmdet.datasets import CocoDataset
from mmdet.evaluation import CocoMetric, LVISMetric
from mmengine.config import Config
from mmengine.logging import print_log

from mmadvrain.registry import DATASETS, METRICS, type_of
from mmadvrain.typing import ImageKey, PathLike

from .class_names import check_categories, clean_class_names
from .coco_mending import with_plain_fields, without_strays

_Fields = dict[str, Sequence[tuple[str, tuple]]]

_NEEDED: _Fields = dict(
    images=(('id', (int, str)), ('file_name', (str, ))),
    categories=(('id', (int, str)), ('name', (str, ))),
    annotations=(('image_id', (int, str)), ('category_id', (int, str)),
                 ('bbox', (list, tuple))))
# what MMDetection and pycocotools read besides
_LOADED: _Fields = dict(
    images=(('height', (int, )), ('width', (int, ))),
    annotations=(('id', (int, str)), ('area', (int, float)), ('iscrowd',
                                                              (int, ))))


def check_coco(content: object, where: str = 'the annotations') -> dict:
    """Look at the form of a COCO annotation file before it is used.

    Args:
        content: The file as read; ``annotations`` may be missing.
        where: What it is called in an error message.

    Returns:
        The same.

    Raises:
        ValueError: A list or a field is missing or of another type, a box is
            not four finite numbers, or it refers to no category of the file.
    """
    coco = _check_lists(content, where)
    _check_fields(coco, _NEEDED, where)
    known = {entry['id'] for entry in coco['categories']}
    for i, entry in enumerate(coco.get('annotations', [])):
        if entry['category_id'] not in known:
            raise ValueError(f'{where}: annotations[{i}] wants category '
                             f'{entry["category_id"]!r}, which is not there')
    return coco


def read_coco(path: PathLike) -> tuple[dict, list[str]]:
    """Read a COCO annotation file as MMDetection and pycocotools want it.

    What tools leave out or write in another way is mended, and annotations
    that belong to nothing are left out, see
    :mod:`mmadvrain.datasets.coco_mending`.

    Args:
        path: An existing file, in UTF-8, UTF-16 or UTF-32.

    Returns:
        Its content, and in words what was left out of it.

    Raises:
        ValueError: If it is no JSON, or has another form, see
            :func:`check_coco`; says what was found where. An image without
            height and width, an annotation without id, two images,
            categories or annotations of one id, and ids of which some are
            numbers and some are text are refused too.
    """
    where = str(path)
    try:
        content = json.loads(Path(path).read_bytes())
    except (ValueError, RecursionError) as error:
        raise ValueError(f'{path}: wanted a COCO file, but it is no JSON: '
                         f'{error}') from error
    _check_lists(content, where)
    content = with_plain_fields(content)
    for fields in (_NEEDED, _LOADED):
        _check_fields(content, fields, where)
    _check_ids(content, where)
    return without_strays(content)


def _check_lists(content: object, where: str) -> dict:
    if not isinstance(content, dict):
        raise ValueError(f'{where}: wanted a COCO file with images and '
                         f'categories, found {type(content).__name__}')
    for part in _NEEDED:
        entries = content.get(part, [] if part == 'annotations' else None)
        if not isinstance(entries, list):
            raise ValueError(f'{where}: wanted a list `{part}`, found '
                             f'{type(entries).__name__}')
    return content


def _check_fields(content: dict, wanted: _Fields, where: str) -> None:
    for part, fields in wanted.items():
        for i, entry in enumerate(content.get(part, [])):
            _check_entry(entry, fields, f'{where}: {part}[{i}]')


def _check_entry(entry: object, fields: Sequence[tuple[str, tuple]],
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
        if name in ('height', 'width') and not 0 < value < 1 << 28:
            raise ValueError(f'{where}: wanted {name!r} in pixels, found '
                             f'{value!r:.80}')
        if name == 'area' and not math.isfinite(value):
            raise ValueError(f"{where}: wanted a finite 'area', found {value}")
        if name == 'bbox' and not (len(value) == 4 and all(
                isinstance(v,
                           (int, float)) and abs(v) < 1e9 and math.isfinite(v)
                for v in value)):
            raise ValueError(f'{where}: wanted (x, y, width, height) in '
                             f'pixels, found {value!r:.80}')


def _check_ids(content: dict, where: str) -> None:
    for part, of in (('images', 'image_id'), ('categories', 'category_id'),
                     ('annotations', '')):
        seen: dict[ImageKey, int] = {}
        for i, entry in enumerate(content[part]):
            if seen.setdefault(entry['id'], i) != i:
                raise ValueError(f'{where}: {part}[{i}] has the id '
                                 f'{entry["id"]!r} of '
                                 f'{part}[{seen[entry["id"]]}]')
        users = content['annotations'] if of else []
        texts = [
            f'{entry_part}[{i}] has {name} {entry[name]!r}'
            for entry_part, name, entries in ((part, 'id', content[part]),
                                              ('annotations', of, users))
            for i, entry in enumerate(entries) if isinstance(entry[name], str)
        ]
        if of and 0 < len(texts) < len(seen) + len(users):
            raise ValueError(
                f'{where}: wanted ids of {part} that are all numbers or all '
                f'text, found {len(texts)} of {len(seen) + len(users)} that '
                f'are text: {texts[0]}')


def check_annotations(config: Config) -> None:
    """Compare COCO files of test data and metrics with what will read them.

    MMDetection and pycocotools take their form for granted and fail with a
    ``KeyError`` somewhere, or late, and take categories in the order of the
    file. A file that had to be mended is written anew, in a place that lives
    as long as the process, and the config names it instead. Data sets that
    read their annotations in a way of their own check them themselves.

    Args:
        config: With ``test_dataloader`` and ``test_evaluator``; changed.

    Raises:
        ValueError: If the data set's classes are no list of names, or a file
            has another form or other categories; says what was found where.
    """
    data = config.test_dataloader.get('dataset') or {}
    scope = config.get('default_scope') or 'mmdet'
    kind = type_of(DATASETS, data, scope)
    classes = clean_class_names(data, getattr(kind, 'METAINFO', {}))
    mended: dict[str, str] = {}

    def check(owner: dict, root: str, ordered: bool) -> None:
        path = osp.normpath(osp.join(root, owner['ann_file']))
        if not osp.isfile(path):  # some data sets write theirs when built
            return
        if path not in mended:
            mended[path] = _mended(path)
        if ordered and classes is not None:
            content = json.loads(Path(mended[path]).read_bytes())
            check_categories(
                classes, content['categories'], path,
                bool(owner.get('sort_categories')),
                'Fast' not in str(owner['type'])
                and bool(owner.get('classwise')))
        if mended[path] != path:
            owner['ann_file'] = mended[path]

    own = [getattr(kind, name, None) for name in ('load_data_list', 'COCOAPI')]
    reads = own == [CocoDataset.load_data_list, CocoDataset.COCOAPI]
    if reads and data.get('ann_file'):
        check(data, data.get('data_root') or '', ordered=True)
    evaluator = config.test_evaluator
    for metric in [evaluator] if isinstance(evaluator, dict) else evaluator:
        reader = type_of(METRICS, metric, scope) or object
        # the files of LVIS have another form
        reads = issubclass(reader, CocoMetric) or getattr(
            reader, 'reads_coco', False)
        if metric.get('ann_file') and reads \
                and not issubclass(reader, LVISMetric):
            check(metric, '', ordered=issubclass(reader, CocoMetric))


def _mended(path: str) -> str:
    """The file itself, or where its mended content stands."""
    content, left_out = read_coco(path)
    if left_out:
        print_log(
            f'{path}: left out {"; ".join(left_out)}',
            logger='current',
            level=logging.WARNING)
    raw = Path(path).read_bytes()
    if json.detect_encoding(raw) == 'utf-8' and json.loads(raw) == content:
        return path
    folder = tempfile.mkdtemp(prefix='mmadvrain_')
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    copy = Path(folder, Path(path).name)
    copy.write_text(json.dumps(content), encoding='utf-8')
    print_log(f'{path}: mended in {copy}', logger='current')
    return str(copy)
