"""Detectors by file, config and name."""
from pathlib import Path

import pytest
from mmengine.config import Config

from mmadvrain.apis.find_detector import find_detector

NAME = 'faster-rcnn_r50_fpn_1x_coco'


def test_a_name_of_the_zoo_brings_its_weights():
    config, weights = find_detector(NAME)
    assert Path(config.filename).stem == NAME
    assert config.model.type == 'FasterRCNN'
    assert weights.startswith('https://') and 'faster_rcnn_r50_fpn_1x' in \
        weights and weights.endswith('.pth')
    config, weights = find_detector('RTMDet-S', 'mine.pth')  # an alias
    assert config.model.bbox_head.type.startswith('RTMDet')
    assert weights == 'mine.pth'


def test_files_and_configs_are_taken_as_they_are(tmp_path):
    path = tmp_path / f'{NAME}.py'
    path.write_text('a = 1')
    config, weights = find_detector(path)
    assert config.a == 1 and weights is None
    mine = Config(dict(b=2))
    assert find_detector(mine, 'w.pth') == (mine, 'w.pth')


def test_what_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match='no config file at'):
        find_detector(tmp_path / 'none.py')
    with pytest.raises(ValueError, match=f'close are .*{NAME}'):
        find_detector('faster_rcnn_r50_fpn_1x_coco')
    with pytest.raises(ValueError, match='zoo, but qqqq is neither$'):
        find_detector('qqqq')
