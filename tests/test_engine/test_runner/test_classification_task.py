"""The attack loop on a classifier."""
import json

import cv2
import numpy as np
import pytest
from mmengine.runner import Runner

from mmadvrain.apis.attack import run_attack
from tests.toys.toy_classes import (
    toy_class_config,
    write_toy_classes,
)


@pytest.fixture
def root(tmp_path):
    write_toy_classes(tmp_path, 5)
    return tmp_path


def test_a_run_by_its_files(root):
    config = toy_class_config(root)
    metrics = run_attack(config)
    work = root / 'work_dir'
    assert metrics['clean/cls/top1'] == 1.
    assert metrics['adversarial/cls/success_on_correct'] == (
        metrics['adversarial/cls/success_all'])
    assert metrics['adversarial/cls/success_all'] > 0
    kept = json.loads((work / 'predictions/adversarial.json').read_text())
    wrong = [one['pred'] != one['gt'] for one in kept.values()]
    assert sum(wrong) / 5 == metrics['adversarial/cls/success_all']
    clean = json.loads((work / 'predictions/clean.json').read_text())
    assert all(kept[key]['loss'] > clean[key]['loss'] for key in clean
               if clean[key]['gt'])  # nothing makes red look less red
    results = json.loads((work / 'results.json').read_text())
    assert results['num_images'] == 5 and not results['failed']
    assert not results['flags']
    size = cv2.imread(str(work / 'adversarial/0001.png')).shape
    assert size == (56, 40, 3)
    assert len(list((work / 'pictures').iterdir())) == 5
    # a second run finds everything done and comes to the same numbers
    before = (work / 'adversarial/0000.png').stat().st_mtime_ns
    assert run_attack(toy_class_config(root)) == metrics
    assert (work / 'adversarial/0000.png').stat().st_mtime_ns == before


def test_an_image_that_cannot_be_read_counts_as_wrong(root):
    (root / 'images/0003.png').write_bytes(b'no image')
    metrics = run_attack(toy_class_config(root))
    assert metrics['clean/cls/top1'] == 0.8
    assert metrics['adversarial_float/cls/success_all'] >= 0.2
    results = json.loads((root / 'work_dir/results.json').read_text())
    assert list(results['failed']) == ['0003']


def test_refuses_a_pipeline_that_changes_the_image(root):
    config = toy_class_config(root)
    config.test_dataloader.dataset.pipeline = [
        dict(type='LoadImageFromFile'),
        dict(type='Resize', scale=(20, 20), keep_ratio=False),
        dict(type='mmadvrain.PackClassInputs')
    ]
    runner = Runner.from_cfg(config)
    with pytest.raises(ValueError, match='must load images .*Resize'):
        runner.build_test_loop(config.test_cfg)


def test_random_rain_is_drawn_for_comparison(root):
    run_attack(toy_class_config(root))
    results = json.loads((root / 'work_dir/results.json').read_text())
    area = [
        results['magnitude'][view]['area']
        for view in ('adversarial', 'random')
    ]
    assert np.isclose(*area, rtol=0.1)
