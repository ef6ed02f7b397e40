"""A folder of images: the detections are the truth."""
import json
import shutil

import pytest

from mmadvrain.apis.attack import prepare_config, run_attack
from mmadvrain.apis.seen_truth import attack_folder
from mmadvrain.store.attack_store import AttackStore
from tests.toys.made_once import toy_root, trained_weights
from tests.toys.toy_detector import toy_attack, toy_config


@pytest.fixture
def folder(tmp_path):
    """Three toy images, one in a subfolder, and what disks leave."""
    paths = sorted(toy_root().rglob('*.png'))[:3]
    root = tmp_path / 'images'
    (root / 'more').mkdir(parents=True)
    for place, path in zip((root, root, root / 'more'), paths):
        shutil.copy(path, place / path.name)
    (root / '._1.png').write_text('of a disk')
    (root / 'notes.txt').write_text('of somebody')
    return root


def config_of():
    return prepare_config(
        toy_config(toy_root(), load_from=str(trained_weights())))


def test_a_folder_is_attacked(folder, tmp_path):
    loss = [dict(type='mmadvrain.DetectorLossObjective')]
    config = toy_config(
        toy_root(),
        attack=toy_attack(2, loss),
        load_from=str(trained_weights()))
    out = tmp_path / 'out'
    metrics = run_attack(config, work_dir=str(out), images=folder)
    # every object that counts is seen again, and others have lower scores
    assert metrics['clean/coco/bbox_mAP'] > 0.9
    assert metrics['adversarial/coco/bbox_mAP'] < metrics[
        'clean/coco/bbox_mAP']
    assert metrics['run/failed_images'] == 0
    names = {p.stem for p in (out / 'adversarial').rglob('*.png')}
    assert names == {p.stem for p in folder.rglob('[!.]*.png')}
    assert AttackStore(out).record('more/' +
                                   next((folder / 'more').iterdir()).stem)


def test_what_is_taken_for_true(folder, tmp_path):
    config = config_of()
    before = config.to_dict()
    attack_folder(config, folder, tmp_path, min_score=0.3)
    path = tmp_path / 'annotations/seen.json'
    content = json.loads(path.read_text())
    assert config.to_dict() == before
    assert [c['name'] for c in content['categories']
            ] == list(config.test_dataloader.dataset.metainfo.classes)
    assert len(content['images']) == 3 and content['annotations']
    for entry in content['annotations']:
        x, y, width, height = entry['bbox']
        image = content['images'][entry['image_id']]
        assert entry['area'] == pytest.approx(width * height)
        assert x + width <= image['width'] + 1e-3
        assert y + height <= image['height'] + 1e-3
    # the same images are not looked at again, another score is
    changed = path.stat().st_mtime_ns
    attack_folder(config, folder, tmp_path, min_score=0.3)
    assert path.stat().st_mtime_ns == changed
    attack_folder(config, folder, tmp_path, min_score=0.9)
    fewer = json.loads(path.read_text())['annotations']
    assert len(fewer) <= len(content['annotations'])
    assert path.stat().st_mtime_ns != changed


def test_nothing_to_attack(folder, tmp_path):
    with pytest.raises(ValueError, match='found none in'):
        attack_folder(config_of(), tmp_path / 'empty', tmp_path)
    with pytest.raises(ValueError, match=r'a score in \[0, 1\], got 2'):
        attack_folder(config_of(), folder, tmp_path, min_score=2)
    with pytest.raises(ValueError, match='sees nothing of score 1.0'):
        attack_folder(config_of(), folder, tmp_path, min_score=1.0)
