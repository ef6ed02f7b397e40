"""Annotation files of a config, looked at before anything is built."""
import json
import math
import os.path as osp
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmdet.datasets import CocoDataset
from mmdet.evaluation import CocoMetric, LVISMetric
from mmengine.config import Config

from mmadvrain.registry import DATASETS, METRICS, type_of
from mmadvrain.typing import ImageKey, PathLike

_Fields = dict[str, Sequence[tuple[str, tuple]]]

_NEEDED: _Fields = dict(
    images=(('id', (int, str)), ('file_name', (str, ))),
    categories=(('id', (int, str)), ('name', (str, ))),
    annotations=(('image_id', (int, str)), ('category_id', (int, str)),
                 ('bbox', (list, tuple))))
# what MMDetection reads besides, and what pycocotools does
_LOADED: _Fields = dict(
    images=(('height', (int, )), ('width', (int, ))),
    annotations=(('id', (int, str)), ('area', (int, float))))
_SCORED: _Fields = dict(annotations=(('iscrowd', (int, )), ))


def check_coco(content: Any, where: str = 'the annotations') -> dict:
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


def check_coco_file(path: PathLike, scored: bool = False) -> dict:
    """Look at a COCO annotation file before MMDetection loads it.

    Args:
        path: An existing file.
        scored: Whether pycocotools reads it too. Defaults to False.

    Returns:
        Its content.

    Raises:
        ValueError: If it is no JSON, or has another form, see
            :func:`check_coco`; says what was found where. An image without
            height and width, an annotation without id and area, and two
            images or annotations of one id are refused too.
    """
    try:
        content = json.loads(Path(path).read_text(encoding='utf-8'))
    except (ValueError, RecursionError) as error:
        raise ValueError(f'{path}: wanted a COCO file, but it is no JSON: '
                         f'{error}') from error
    check_coco(content, str(path))
    for wanted in (_LOADED, _SCORED) if scored else (_LOADED, ):
        for part, fields in wanted.items():
            for i, entry in enumerate(content.get(part, [])):
                _check_entry(entry, fields, f'{path}: {part}[{i}]')
    for part in ('images', 'annotations'):
        seen: dict[ImageKey, int] = {}
        for i, entry in enumerate(content.get(part, [])):
            if seen.setdefault(entry['id'], i) != i:
                raise ValueError(f'{path}: {part}[{i}] has the id '
                                 f'{entry["id"]!r} of '
                                 f'{part}[{seen[entry["id"]]}]')
    return content


def _check_entry(entry: Any, fields: Sequence[tuple[str, tuple]],
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
        if name == 'bbox' and not (len(value) == 4 and all(
                isinstance(v,
                           (int, float)) and abs(v) < 1e9 and math.isfinite(v)
                for v in value)):
            raise ValueError(f'{where}: wanted (x, y, width, height) in '
                             f'pixels, found {value!r:.80}')


def check_annotations(config: Config) -> None:
    """Compare COCO files of test data and metrics with the form of such.

    MMDetection and pycocotools take the form for granted and fail with a
    ``KeyError`` somewhere, or late. Data sets that read their annotations in
    a way of their own check them themselves.

    Args:
        config: With ``test_dataloader`` and ``test_evaluator``.

    Raises:
        ValueError: If a file has another form; says what was found where.
    """
    files: dict[str, bool] = {}
    scope = config.get('default_scope') or 'mmdet'
    data = config.test_dataloader.get('dataset') or {}
    loads = getattr(type_of(DATASETS, data, scope), 'load_data_list', None)
    if loads is CocoDataset.load_data_list and data.get('ann_file'):
        path = osp.join(data.get('data_root') or '', data['ann_file'])
        files[osp.normpath(path)] = False
    evaluator = config.test_evaluator
    for metric in [evaluator] if isinstance(evaluator, dict) else evaluator:
        kind = type_of(METRICS, metric, scope) or object
        # the files of LVIS have another form
        if issubclass(kind, CocoMetric) and not issubclass(
                kind, LVISMetric) and metric.get('ann_file'):
            files[osp.normpath(metric['ann_file'])] = True
    for path, scored in files.items():
        if osp.isfile(path):  # some data sets write theirs when built
            check_coco_file(path, scored)
