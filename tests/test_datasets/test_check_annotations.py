"""Which files of a config are looked at."""
import copy
import json
from pathlib import Path

import pytest

from mmadvrain.apis.attack import run_attack
from mmadvrain.datasets.coco_format import check_annotations
from tests.test_engine.test_runner.test_attack_loop import runner_of
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
    spoil(tmp_path / 'annotations.json', iscrowd='no')
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
    config.test_dataloader.dataset.type = 'LVISV1Dataset'
    assert check_annotations(config) is None


def test_a_mended_file_is_read_in_place_of_the_first(config, tmp_path):
    """As Roboflow writes it: a root category, annotations from 0."""
    path = tmp_path / 'annotations.json'
    content = json.loads(path.read_text())
    whole = json.dumps(content)
    content['categories'].insert(0, dict(id=0, name='colours'))
    for i, entry in enumerate(content['annotations']):
        entry.update(id=i)
        del entry['iscrowd']
    content['annotations'].append(
        dict(content['annotations'][0], id=99, image_id=1000))
    path.write_bytes(json.dumps(content).encode('utf-8-sig'))
    before = copy.deepcopy(config)
    check_annotations(config)
    new = config.test_dataloader.dataset.ann_file
    assert new == config.test_evaluator.ann_file
    assert new != before.test_evaluator.ann_file
    found = json.loads(Path(new).read_text())
    assert found['annotations'] == json.loads(whole)['annotations']
    runner_of(config).build_test_loop(config.test_cfg)
    # a file that needs nothing is read where it stands
    path.write_text(whole)
    unchanged = copy.deepcopy(before)
    check_annotations(unchanged)
    assert unchanged.to_dict() == before.to_dict()


@pytest.mark.parametrize('change', [dict(area=0), dict(iscrowd=1)])
def test_a_set_in_which_no_object_counts(config, tmp_path, change):
    path = tmp_path / 'annotations.json'
    content = json.loads(path.read_text())
    for entry in content['annotations']:
        entry.update(change)
    path.write_text(json.dumps(content))
    runner = runner_of(config)
    with pytest.raises(
            ValueError,
            match='not one object counts in the 2 images of .*annotations.json'
    ):
        runner.build_test_loop(runner.cfg.test_cfg)


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
