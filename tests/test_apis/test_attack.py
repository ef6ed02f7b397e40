"""The whole job on toy data, and what is refused before it begins."""
import copy
import json
import shutil

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner, TestLoop
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from mmadvrain.apis.attack import prepare_config, run_attack
from mmadvrain.apis.processes import has_a_gpu_each
from mmadvrain.engine.runner import AttackLoop
from mmadvrain.functional.pixel_space import from_bgr_uint8, to_bgr_uint8
from mmadvrain.rain.compose import compose_rain
from mmadvrain.rain.factors import RainFactors
from mmadvrain.rain.streaks import render_streaks
from tests.toys.made_once import toy_root, trained_weights
from tests.toys.records import drop_record, read_records
from tests.toys.toy_data import write_toy_coco
from tests.toys.toy_detector import (
    toy_attack,
    toy_config,
    toy_faster_rcnn,
    toy_retinanet,
)

LOSS = [dict(type='mmadvrain.DetectorLossObjective')]


@pytest.fixture
def root(tmp_path):
    write_toy_coco(tmp_path)
    return tmp_path


@pytest.fixture(scope='module')
def finished(tmp_path_factory):
    """One attack of six steps, that the tests of this file look at."""
    folder = tmp_path_factory.mktemp('run')
    write_toy_coco(folder)
    config = toy_config(folder, attack=toy_attack(6, LOSS))
    metrics = run_attack(config, str(trained_weights()))
    return folder, config, metrics


def test_results_are_complete_and_unrounded(finished):
    folder, _, metrics = finished
    results = json.loads((folder / 'work_dir/results.json').read_text())
    assert set(results['views']) == {
        'clean', 'random', 'adversarial', 'adversarial_float'
    }
    for view, scores in results['views'].items():
        for name, value in scores.items():
            assert metrics[f'{view}/{name}'] == value
    values = [
        v for scores in results['views'].values() for v in scores.values()
    ]
    assert any(v != round(v, 3) for v in values)
    assert results['num_images'] == 6 and results['failed'] == {}
    area = results['magnitude']['adversarial']['area']
    assert results['magnitude']['random']['area'] == pytest.approx(
        area, rel=0.05)


def test_it_attacks(finished):
    _, _, metrics = finished
    score = {
        view: metrics[f'{view}/coco/bbox_mAP']
        for view in ('clean', 'random', 'adversarial')
    }
    assert score['clean'] > 0.5
    assert score['adversarial'] < score['random']


def test_stored_image_is_the_rain_of_its_factors(finished):
    folder, _, _ = finished
    work_dir = folder / 'work_dir'
    for path in sorted((folder / 'images').iterdir()):
        clean = from_bgr_uint8(cv2.imread(str(path)))
        factors = RainFactors.load(
            work_dir / f'factors/adversarial/{path.stem}.safetensors')
        rainy = compose_rain(clean, render_streaks(factors))
        stored = cv2.imread(str(work_dir / f'adversarial/{path.stem}.png'))
        assert np.array_equal(stored, to_bgr_uint8(rainy))


def test_mmdets_own_loop_scores_the_folder(finished):
    folder, config, metrics = finished
    work_dir = folder / 'work_dir'
    plain = copy.deepcopy(config)
    plain.test_cfg = dict(type='TestLoop')
    plain.load_from = str(trained_weights())
    plain.work_dir = str(folder / 'scored')
    ann_file = str(work_dir / 'annotations/adversarial.json')
    plain.test_dataloader.dataset.update(
        data_root='',
        ann_file=ann_file,
        data_prefix=dict(img=str(work_dir / 'adversarial')))
    plain.test_evaluator.ann_file = ann_file
    scores = Runner.from_cfg(plain).test()
    for name, value in scores.items():
        assert value == pytest.approx(metrics[f'adversarial/{name}'], abs=6e-4)


def test_metrics_equal_pycocotools(finished):
    folder, _, metrics = finished
    truth = COCO(str(folder / 'annotations.json'))
    order = [c['id'] for c in truth.loadCats(truth.getCatIds())]
    found = []
    for record in read_records(folder / 'work_dir').values():
        packed = record['adversarial_float']
        for (x1, y1, x2, y2), score, label in zip(packed['bboxes'],
                                                  packed['scores'],
                                                  packed['labels']):
            found.append(
                dict(
                    image_id=record['key'],
                    bbox=[x1, y1, x2 - x1, y2 - y1],
                    score=score,
                    category_id=order[label]))
    scorer = COCOeval(truth, truth.loadRes(found), 'bbox')
    scorer.params.maxDets = [100, 300, 1000]
    scorer.evaluate()
    scorer.accumulate()
    scorer.summarize()
    assert metrics['adversarial_float/coco/bbox_mAP'] == pytest.approx(
        scorer.stats[0], abs=1e-12)


def test_resumes_behind_finished_images(finished, tmp_path):
    folder, config, metrics = finished
    copied = tmp_path / 'copied'
    shutil.copytree(folder / 'work_dir', copied)
    names = list(read_records(copied))
    drop_record(copied, names[0])
    (copied / f'adversarial/{names[1]}.png').unlink()
    kept = (copied / f'adversarial/{names[2]}.png').stat().st_mtime_ns
    again = run_attack(
        copy.deepcopy(config), str(trained_weights()), work_dir=str(copied))
    assert again == metrics
    assert (copied / f'adversarial/{names[2]}.png').stat().st_mtime_ns == kept
    for view in ('adversarial', 'random'):
        for name in names:
            file = f'{view}/{name}.png'
            assert (copied / file).read_bytes() == (folder / 'work_dir' /
                                                    file).read_bytes()


def test_other_settings_are_refused_in_the_same_folder(finished, tmp_path):
    folder, config, _ = finished
    copied = tmp_path / 'copied'
    shutil.copytree(folder / 'work_dir', copied)
    options = {'test_cfg.attack.steps': 1}
    with pytest.raises(
            ValueError, match='attack.steps was 6, is 1.*--overwrite'):
        run_attack(
            copy.deepcopy(config),
            str(trained_weights()),
            work_dir=str(copied),
            cfg_options=options)
    run_attack(
        copy.deepcopy(config),
        str(trained_weights()),
        work_dir=str(copied),
        cfg_options=options,
        overwrite=True)
    for record in read_records(copied).values():
        assert len(record['summed_losses']) == 1


def test_odd_images_are_named_and_the_run_goes_on(root):
    folder = root / 'images'
    png, jpg = (sorted(folder.glob(f'*.{kind}')) for kind in ('png', 'jpg'))
    jpg[0].write_bytes(b'no image')
    gray = cv2.imread(str(jpg[1]), cv2.IMREAD_GRAYSCALE)
    cv2.imwrite(str(jpg[1]), gray)
    colour = cv2.imread(str(png[0]))
    cv2.imwrite(str(png[0]), np.dstack([colour, colour[..., :1]]))
    deep = cv2.imread(str(png[1]), cv2.IMREAD_GRAYSCALE)
    cv2.imwrite(str(png[1]), deep[:-8].astype(np.uint16) * 257)
    run_attack(
        toy_config(root, attack=toy_attack(1, LOSS)), str(trained_weights()))
    results = json.loads((root / 'work_dir/results.json').read_text())
    assert 'can be read' in results['failed'][jpg[0].stem]
    problems = results['problems']
    assert "'RGBA'" in problems[png[0].stem][0]
    assert "'I;16'" in problems[png[1].stem][0]
    assert 'pixels (height x width)' in problems[png[1].stem][1]
    assert "'L'" in problems[jpg[1].stem][0]
    assert results['num_images'] == 6


@pytest.mark.parametrize('kind', ['two_stage', 'one_stage'])
def test_plain_config_gets_the_default_attack(kind, root):
    model = toy_retinanet() if kind == 'one_stage' else None
    metrics = run_attack(
        toy_config(root, model=model),
        str(trained_weights(kind)),
        cfg_options={'test_cfg.attack.steps': 2})
    assert 'adversarial/coco/bbox_mAP_50' in metrics


class TestRefused:
    """Errors that come before any long work."""

    def test_no_config(self, tmp_path):
        with pytest.raises(FileNotFoundError, match='no config file at'):
            prepare_config(tmp_path / 'none.py')

    def test_no_checkpoint(self):
        config = toy_config(toy_root())
        with pytest.raises(FileNotFoundError, match='none.pth'):
            run_attack(config, 'none.pth')
        with pytest.raises(ValueError, match='names no weights'):
            run_attack(toy_config(toy_root()))

    @pytest.mark.parametrize('part', ['model', 'test_dataloader'])
    def test_config_without(self, part):
        config = toy_config(toy_root())
        config.pop(part)
        with pytest.raises(ValueError, match=f'has no `{part}`'):
            prepare_config(config)

    def test_nan_weights(self, tmp_path):
        weights = torch.load(trained_weights())
        next(iter(weights.values())).fill_(float('nan'))
        torch.save(weights, tmp_path / 'nan.pth')
        with pytest.raises(ValueError, match='NaN or Inf'):
            run_attack(
                toy_config(toy_root(), work_dir=str(tmp_path)),
                str(tmp_path / 'nan.pth'))

    @pytest.mark.parametrize('part,entry', [
        ('objectives', [dict(type='mmadvrain.NoObjective')]),
        ('rules', [dict(type='mmadvrain.NoRule')]),
    ])
    def test_unknown_parts(self, tmp_path, part, entry):
        attack = toy_attack(1)
        attack[part] = entry
        config = toy_config(toy_root(), attack=attack, work_dir=str(tmp_path))
        with pytest.raises(ValueError, match=entry[0]['type'].split('.')[1]):
            run_attack(config, str(trained_weights()))

    def test_images_that_are_not_there(self, root):
        shutil.rmtree(root / 'images')
        with pytest.raises(ValueError, match='6 of 6 image files'):
            run_attack(toy_config(root), str(trained_weights()))

    def test_annotations_of_other_images(self, root, tmp_path):
        content = json.loads((root / 'annotations.json').read_text())
        for image in content['images']:
            image['id'] += 1000
        other = tmp_path / 'other.json'
        other.write_text(json.dumps(dict(content, annotations=[])))
        config = toy_config(root)
        config.test_evaluator.ann_file = str(other)
        with pytest.raises(ValueError, match='not 6 of the 6 of the test'):
            run_attack(config, str(trained_weights()))

    def test_empty_data_set(self, root):
        path = root / 'annotations.json'
        content = json.loads(path.read_text())
        path.write_text(json.dumps(dict(content, images=[], annotations=[])))
        with pytest.raises((ValueError, AssertionError, IndexError)):
            run_attack(toy_config(root), str(trained_weights()))

    def test_pipeline_with_a_step_of_its_own(self, root):
        config = toy_config(root)
        pipeline = config.test_dataloader.dataset.pipeline
        pipeline.insert(2, dict(type='RandomFlip', prob=1.0))
        with pytest.raises(ValueError, match='cannot be differentiated'):
            run_attack(config, str(trained_weights()))


def test_a_loop_given_as_its_class_is_the_one_that_runs():
    """As configs in pure Python have it."""
    parts = dict(
        model=dict(), test_dataloader=dict(a=1), test_evaluator=dict(a=1))
    loop = dict(type=AttackLoop, attack=dict(steps=7))
    config = prepare_config(Config(dict(parts, test_cfg=loop)))
    assert config.test_cfg.attack.steps == 7
    config = prepare_config(Config(dict(parts, test_cfg=dict(type=TestLoop))))
    assert config.test_cfg.type == 'mmadvrain.AttackLoop'


def test_config_is_a_file_too(tmp_path):
    path = tmp_path / 'plain.py'
    toy_config(toy_root()).dump(path)
    config = prepare_config(path, {'test_cfg.attack.steps': 7})
    assert isinstance(config, Config)
    assert config.test_cfg.type == 'mmadvrain.AttackLoop'
    assert config.test_cfg.attack.steps == 7


@pytest.mark.parametrize('model, objectives', [
    (toy_faster_rcnn, ['DetectorLossObjective', 'MarginObjective']),
    (toy_retinanet, ['DetectorLossObjective']),
])
def test_default_attack_fits_the_detector(model, objectives):
    config = toy_config(toy_root())
    config.pop('test_cfg', None)
    config.model = model()
    found = prepare_config(config).test_cfg.attack.objectives
    assert [o.type.split('.')[-1] for o in found] == objectives


@pytest.mark.parametrize('gpus, processes, own, device', [
    (0, 2, False, None),
    (2, 2, True, None),
    (1, None, True, None),
    (1, 4, False, 0),
    (2, 4, False, 1),
])
def test_processes_share_gpus_where_there_are_fewer(monkeypatch, gpus,
                                                    processes, own, device):
    chosen = []
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: gpus)
    monkeypatch.setattr(torch.cuda, 'set_device', chosen.append)
    monkeypatch.delenv('LOCAL_WORLD_SIZE', raising=False)
    if processes:
        monkeypatch.setenv('LOCAL_WORLD_SIZE', str(processes))
    monkeypatch.setenv('LOCAL_RANK', '3')
    assert has_a_gpu_each() is own
    assert chosen == ([] if device is None else [device])
