"""The embedded default: scenes of the generator, detectors that see."""
import hashlib
import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from mmadvrain.utils.checkpoint import load_weights
from projects.street_scenes.street_scenes import write_street_scenes

ROOT = Path(__file__).parents[3]
DEMO = ROOT / 'demo'
CONFIGS = ROOT / 'projects' / 'street_scenes' / 'configs'
NAMES = [
    'faster-rcnn_r18-slim_fpn_street-scenes',
    'faster-rcnn_csp-tiny_fpn_street-scenes'
]
NUM_IMAGES = 20
README = (DEMO / 'README.md').read_text()


def weights(name: str) -> Path:
    return DEMO / 'weights' / f'{name}.pth'


@pytest.fixture(scope='module')
def data_root(tmp_path_factory):
    return f'{tmp_path_factory.mktemp("street_scenes")}/'


def test_scenes_are_what_the_generator_renders(tmp_path):
    """Nearly bit for bit: OpenCV 5 and some processors round otherwise."""
    tolerance = 1 if cv2.__version__.startswith('4.') else 2
    write_street_scenes(tmp_path, 'demo', 24, 2)
    names = sorted(path.name for path in (DEMO / 'images').iterdir())
    assert names == [f'{index:06d}.png' for index in range(24)]
    for name in names:
        kept = cv2.imread(str(DEMO / 'images' / name))
        rendered = cv2.imread(str(tmp_path / 'images' / 'demo' / name))
        apart = np.abs(kept.astype(int) - rendered.astype(int))
        assert apart.max() <= tolerance and (apart > 0).mean() < 0.05, name
    kept = json.loads((DEMO / 'annotations.json').read_text())
    assert kept == json.loads(
        (tmp_path / 'annotations' / 'demo.json').read_text())


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
    cfg = Config.fromfile(CONFIGS / f'{name}.py')
    cfg.work_dir = str(tmp_path)
    cfg.load_from = str(weights(name))
    cfg.default_hooks.pop('visualization')
    cfg.test_dataloader.dataset.update(
        data_root=data_root, num_images=NUM_IMAGES)
    cfg.test_evaluator.ann_file = f'{data_root}annotations/val.json'
    metrics = Runner.from_cfg(cfg).test()
    assert 0.6 < noted_ap50(name) <= 1
    assert abs(metrics['coco/bbox_mAP_50'] - noted_ap50(name)) < 0.1
