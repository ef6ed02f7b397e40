"""The two detectors that come with the project."""
import hashlib
import re
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from mmadvrain.utils.checkpoint import load_weights

DEMO = Path(__file__).parents[1] / 'configs' / 'demo'
NAMES = [
    'faster-rcnn_r18-slim_fpn_street-scenes',
    'faster-rcnn_csp-tiny_fpn_street-scenes'
]
NUM_IMAGES = 20
README = (DEMO / 'weights' / 'README.md').read_text()


def weights(name: str) -> Path:
    return DEMO / 'weights' / f'{name}.pth'


@pytest.fixture(scope='module')
def data_root(tmp_path_factory):
    return f'{tmp_path_factory.mktemp("street_scenes")}/'


def test_weights_are_small():
    files = sorted((DEMO / 'weights').glob('*.pth'))
    assert [path.stem for path in files] == sorted(NAMES)
    assert sum(path.stat().st_size for path in files) < 12 * 2**20


@pytest.mark.parametrize('name', NAMES)
def test_readme_names_the_sum_of_the_file(name):
    digest = hashlib.sha256(weights(name).read_bytes()).hexdigest()
    assert digest in README


@pytest.mark.parametrize('name', NAMES)
def test_weights_are_plain_and_complete(name):
    checkpoint = torch.load(weights(name), weights_only=True)
    assert set(checkpoint) == {'state_dict', 'meta'}
    assert checkpoint['meta']['dataset_meta']['classes'] == ('Car', 'Van',
                                                             'Pedestrian',
                                                             'Cyclist')
    assert load_weights(
        weights(name)).keys() == checkpoint['state_dict'].keys()


def noted_ap50(name: str) -> float:
    row, = re.findall(rf'^\| `{name}` \|.*$', README, re.MULTILINE)
    return float(row.split('|')[3])


@pytest.mark.parametrize('name', NAMES)
def test_detector_is_as_good_as_noted(name, data_root, tmp_path):
    """On few images of the split the score was noted for."""
    cfg = Config.fromfile(DEMO / f'{name}.py')
    cfg.work_dir = str(tmp_path)
    cfg.load_from = str(weights(name))
    cfg.default_hooks.pop('visualization')
    cfg.test_dataloader.dataset.update(
        data_root=data_root, num_images=NUM_IMAGES)
    cfg.test_evaluator.ann_file = f'{data_root}annotations/val.json'
    metrics = Runner.from_cfg(cfg).test()
    assert 0.6 < noted_ap50(name) <= 1
    assert abs(metrics['coco/bbox_mAP_50'] - noted_ap50(name)) < 0.1
