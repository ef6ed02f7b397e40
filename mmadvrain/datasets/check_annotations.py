"""Annotation files of a config, looked at before anything is built."""
import os.path as osp
from typing import Any, Dict, List

from mmdet.datasets import CocoDataset
from mmengine.config import Config
from mmengine.registry import DATASETS

from mmadvrain.utils.coco_format import check_coco_file


def check_annotations(config: Config) -> None:
    """Compare COCO files of test data and metrics with the form of such.

    MMDetection and pycocotools take the form for granted and fail with a
    ``KeyError`` somewhere, or late. Data sets that read their annotations in
    a way of their own check them themselves.

    Args:
        config (Config): With ``test_dataloader`` and ``test_evaluator``.

    Raises:
        ValueError: If a file has another form; says what was found where.
    """
    files: Dict[str, bool] = {}
    data = config.test_dataloader.get('dataset') or {}
    name = data.get('type')
    if isinstance(name, str):
        scope = config.get('default_scope') or 'mmdet'
        name = DATASETS.get(name if '.' in name else f'{scope}.{name}')
    own = getattr(name, 'load_data_list', None)
    if own is CocoDataset.load_data_list and data.get('ann_file'):
        path = osp.join(data.get('data_root') or '', data['ann_file'])
        files[osp.normpath(path)] = False
    found: Any = config.test_evaluator
    metrics: List[Any] = [found] if isinstance(found, dict) else list(found)
    for metric in metrics:
        if str(metric.get('type')).endswith('CocoMetric') and \
                metric.get('ann_file'):
            files[osp.normpath(metric['ann_file'])] = True
    for path, scored in files.items():
        if osp.isfile(path):  # some data sets write theirs when built
            check_coco_file(path, scored)
