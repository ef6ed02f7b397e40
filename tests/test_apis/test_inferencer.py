"""Images attacked in three lines, and what is refused before."""
import shutil

import cv2
import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData
from mmengine.visualization import Visualizer

import mmadvrain
from mmadvrain.apis.attack import run_attack
from mmadvrain.apis.inferencer import AdvRainInferencer
from mmadvrain.apis.rainy_image import RainyImage
from mmadvrain.rain import RainFactors, compose_rain, render_streaks
from tests.toys.made_once import toy_root, trained_weights
from tests.toys.toy_detector import toy_attack, toy_config

LOSS = [dict(type='mmadvrain.DetectorLossObjective')]


def config_of():
    return toy_config(
        toy_root(),
        attack=toy_attack(2, LOSS),
        load_from=str(trained_weights()))


@pytest.fixture(scope='module')
def rain():
    return AdvRainInferencer(config_of())


@pytest.fixture(scope='module')
def paths():
    return sorted(toy_root().rglob('*.png'))[:2]


@pytest.fixture(scope='module')
def folder(tmp_path_factory, paths):
    root = tmp_path_factory.mktemp('images')
    for path in paths:
        shutil.copy(path, root)
    return root


def test_it_is_the_attack_of_the_tool_on_a_folder(rain, folder, tmp_path):
    results = rain(folder, out_dir=tmp_path / 'few', batch_size=2)
    run_attack(config_of(), work_dir=str(tmp_path / 'run'), images=folder)
    assert [r.name for r in results] == sorted(p.stem
                                               for p in folder.iterdir())
    for result in results:
        stored = cv2.imread(
            str(tmp_path / f'run/adversarial/{result.name}.png'))
        np.testing.assert_array_equal(result.image, stored)


def test_every_part_fits_the_others(rain, paths, tmp_path):
    result, = rain(paths[0], out_dir=tmp_path)
    clean = cv2.imread(str(paths[0]))
    np.testing.assert_array_equal(result.clean, clean)
    tensor = torch.from_numpy(clean[..., ::-1].copy()).permute(2, 0, 1) / 255
    drawn = compose_rain(tensor, render_streaks(result.factors))
    levels = (drawn * 255).round().byte().flip(0).permute(1, 2, 0)
    np.testing.assert_array_equal(result.image, levels.numpy())
    name = result.name
    np.testing.assert_array_equal(
        cv2.imread(str(tmp_path / f'adversarial/{name}.png')), result.image)
    loaded = RainFactors.load(tmp_path /
                              f'factors/adversarial/{name}.safetensors')
    torch.testing.assert_close(loaded.noise, result.factors.noise)
    height, width = clean.shape[:2]
    assert result.panel.shape == (height, 3 * width, 3)
    # what is true is what was seen
    seen = result.before.pred_instances
    torch.testing.assert_close(result.truth.bboxes,
                               seen.bboxes[seen.scores >= 0.3])
    again = rain.detector.detect(tmp_path / f'adversarial/{name}.png')
    torch.testing.assert_close(result.after.pred_instances.bboxes,
                               again.pred_instances.bboxes)
    in_memory = rain.detector.detect(result.image)
    torch.testing.assert_close(result.after.pred_instances.bboxes,
                               in_memory.pred_instances.bboxes)
    assert not any(result.missed_in(result.before))
    assert len(result.losses['detector_loss']) == 2
    assert f'{len(loaded):,} drops' in result.rain
    assert result.measures['area'] > 0


def test_arrays_and_lists_are_as_files(rain, paths, folder):
    from_files = rain(list(map(str, paths)))
    from_arrays = rain([cv2.imread(str(path)) for path in paths])
    for first, second in zip(from_files, from_arrays):
        np.testing.assert_array_equal(first.image, second.image)
    assert len(rain([folder, paths[0]])) == 3


def test_annotations_are_the_truth(rain, paths):
    height, width = cv2.imread(str(paths[0])).shape[:2]
    box = [1., 2., width - 3., height - 4.]
    name = rain.detector.classes[1]
    result, = rain(paths[0], [dict(bboxes=[box], labels=[name])])
    assert result.truth.bboxes.tolist() == [box]
    assert result.truth.labels.tolist() == [1]
    from_file, = rain(paths[0], toy_root() / 'annotations.json')
    assert len(from_file.truth) and from_file.truth.bboxes.tolist() != [box]


def test_pictures_are_shown(rain, paths, monkeypatch):
    shown = []
    monkeypatch.setattr(
        Visualizer, 'show',
        lambda self, image, win_name, wait_time: shown.append(
            (image, win_name, wait_time)))
    result, = rain(paths[0], show=True, wait_time=2)
    (image, name, seconds), = shown
    np.testing.assert_array_equal(image, result.panel[..., ::-1])
    assert (name, seconds) == (result.name, 2)


def test_what_counts_as_lost():

    def seen(boxes, labels, scores):
        return InstanceData(
            bboxes=torch.tensor(boxes),
            labels=torch.tensor(labels),
            scores=torch.tensor(scores))

    truth = InstanceData(
        bboxes=torch.tensor([[0., 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10],
                             [60, 0, 70, 10]]),
        labels=torch.tensor([0, 0, 1, 1]))
    after = type('', (), {})()
    # half covered; of another class; too low a score; shifted by a half
    after.pred_instances = seen(
        [[0., 0, 10, 5], [20, 0, 30, 10], [40, 0, 50, 10], [65, 0, 75, 10]],
        [0, 1, 1, 1], [.9, .9, .2, .9])
    result = RainyImage('a', None, None, None, dict(area=.25), truth, None,
                        after, None, {}, ['unchanged'], 0.3, ['car', 'van'])
    assert result.lost == [False, True, True, True]
    assert str(result) == (
        'a: 3 of 4 objects lost (1 car, 2 van); rain: covers 25.0 % '
        'of the picture; flags: unchanged')


def test_an_attack_by_its_name_and_options():
    plain = config_of()
    rain = AdvRainInferencer(
        plain,
        attack='advrain_physical_10mmh',
        cfg_options={'test_cfg.attack.steps': 3})
    assert rain.attack.steps == 3
    assert rain.attack.perturbation.rain.rate_mm_h == 10
    assert plain.test_cfg.attack.steps == 2
    with pytest.raises(FileNotFoundError, match='no attack storm in .*advra'):
        AdvRainInferencer(plain, attack='storm')


def test_wrong_input_is_one_sentence(rain, paths, tmp_path):
    with pytest.raises(ValueError, match=r'a score in \[0, 1\], got 3'):
        AdvRainInferencer(config_of(), min_score=3)
    with pytest.raises(ValueError, match='wanted a positive|`?batch_size'):
        rain(paths[0], batch_size=0)
    (tmp_path / 'run.json').write_text('{}')
    with pytest.raises(ValueError, match='holds the results of a run'):
        rain(paths[0], out_dir=tmp_path)
    blank = np.full((64, 64, 3), 127, np.uint8)
    with pytest.raises(ValueError, match='sees nothing of score'):
        AdvRainInferencer(config_of(), min_score=1.)(blank)


def test_it_is_at_the_root_of_the_package():
    assert mmadvrain.AdvRainInferencer is AdvRainInferencer
    assert mmadvrain.apply_rain is mmadvrain.apis.apply_rain
    with pytest.raises(AttributeError, match="no attribute 'snow'"):
        mmadvrain.snow
