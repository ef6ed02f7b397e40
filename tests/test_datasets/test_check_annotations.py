"""Which files of a config are looked at."""
import json

import pytest

from mmadvrain.apis.attack import run_attack
from mmadvrain.datasets.coco_format import check_annotations
from tests.toys.toy_data import write_toy_coco
from tests.toys.toy_detector import toy_attack, toy_config


@pytest.fixture
def config(tmp_path):
    write_toy_coco(tmp_path, num_images=2)
    return toy_config(tmp_path, attack=toy_attack(1))


def spoil(path, **changes):
    content = json.loads(path.read_text())
    content['annotations'][0].update(changes)
    path.write_text(json.dumps(content))


def test_toy_annotations_are_fine(config):
    assert check_annotations(config) is None


def test_those_of_the_data(config, tmp_path):
    path = tmp_path / 'other.json'
    path.write_text((tmp_path / 'annotations.json').read_text())
    spoil(path, bbox=[1, 2, 3])
    config.test_dataloader.dataset.update(
        data_root=str(tmp_path), ann_file='other.json')
    with pytest.raises(ValueError, match=r'other.json: annotations\[0\]'):
        check_annotations(config)
    # a class that reads files in its own way
    config.test_dataloader.dataset.type = 'LVISV1Dataset'
    assert check_annotations(config) is None


def test_those_of_metrics(config, tmp_path):
    spoil(tmp_path / 'annotations.json', iscrowd=None)
    with pytest.raises(ValueError, match='iscrowd'):
        check_annotations(config)
    evaluator = config.test_evaluator
    config.test_evaluator = [dict(type='DumpDetResults'), evaluator]
    with pytest.raises(ValueError, match='iscrowd'):
        check_annotations(config)
    config.test_evaluator = [dict(evaluator, type='mmadvrain.FastCocoMetric')]
    with pytest.raises(ValueError, match='iscrowd'):
        check_annotations(config)
    # metrics of other files, though one of them is a CocoMetric by name
    others = [
        dict(evaluator, type=kind) for kind in ('LVISMetric', 'NoCocoMetric')
    ]
    config.test_evaluator = [dict(type='DumpDetResults'), *others]
    assert check_annotations(config) is None


def test_files_that_are_not_there_are_others_business(config):
    config.test_dataloader.dataset.ann_file = 'none.json'
    config.test_evaluator.ann_file = 'none.json'
    assert check_annotations(config) is None


def test_an_attack_refuses_them_before_it_builds_anything(config, tmp_path):
    spoil(tmp_path / 'annotations.json', bbox='everywhere')
    weights = tmp_path / 'weights.pth'
    weights.write_bytes(b'never read')
    with pytest.raises(ValueError, match="wanted 'bbox' .* found 'everyw"):
        run_attack(config, str(weights))
