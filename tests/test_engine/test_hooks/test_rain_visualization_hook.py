"""One panel an image: clean, rain, rainy."""
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch

from mmadvrain.engine.hooks import RainVisualizationHook
from mmadvrain.functional.pixel_space import to_bgr_uint8
from mmadvrain.perturbations.noise import Noise
from mmadvrain.perturbations.noise_perturbation import NoisePerturbation
from mmadvrain.perturbations.rain_perturbation import RainPerturbation
from mmadvrain.rain.compose import compose_rain
from mmadvrain.rain.streaks import render_streaks
from mmadvrain.rain.uniform_factors import UniformFactors
from mmadvrain.structures.attack_result import AttackResult
from mmadvrain.victims.detector_victim import DetectorVictim
from tests.toys.made_once import toy_images, trained_detector


class Shown(list):

    def add_image(self, name, image, step=0):
        self.append((name, image))


@pytest.fixture(scope='module')
def attacked():
    """Images and results of an attack that did not move."""
    images, found = toy_images(), []
    for index in range(3):
        sample = images[index]
        factors = UniformFactors(density=0.05).draw(
            tuple(sample.image.shape[-2:]),
            torch.Generator().manual_seed(0))
        rainy = compose_rain(sample.image, render_streaks(factors))
        found.append((sample, AttackResult(rainy, factors, factors, {}, [1.],
                                           1)))
    return images, found


@pytest.fixture
def runner(attacked, tmp_path):
    victim = DetectorVictim(
        trained_detector(), classes=attacked[0].dataset.metainfo['classes'])
    return SimpleNamespace(
        work_dir=str(tmp_path), visualizer=Shown(), victim=victim)


def show(hook, runner, pairs, batch_idx=0, perturbation=None):
    samples, results = zip(*pairs)
    hook.after_attack_iter(runner, batch_idx, samples, results, runner.victim,
                           perturbation or RainPerturbation())


def test_without_detections_the_panel_is_three_pictures(
        attacked, runner, tmp_path):
    show(RainVisualizationHook(score_thr=1.1, gain=3.), runner, attacked[1])
    assert len(runner.visualizer) == 3
    for (sample, result), (name, image) in zip(attacked[1], runner.visualizer):
        layer = (3 * render_streaks(result.params)).clamp(0, 1)
        wanted = np.hstack([
            to_bgr_uint8(picture)
            for picture in (sample.image, layer, result.image)
        ])
        assert name == f'rain_{sample.name}.png'
        assert np.array_equal(image, wanted[..., ::-1])  # backends take RGB
        assert np.array_equal(
            cv2.imread(str(tmp_path / f'pictures/{sample.name}.png')), wanted)


def test_detections_are_drawn_on_both_pictures(attacked, runner, tmp_path):
    sample, result = attacked[1][0]
    width = sample.image.shape[-1]
    show(RainVisualizationHook(score_thr=0.05), runner, [(sample, result)])
    panel = cv2.imread(str(tmp_path / f'pictures/{sample.name}.png'))
    assert panel.shape == (64, 3 * width, 3)
    assert panel.std() > 5
    for part, picture in ((panel[:, :width], sample.image),
                          (panel[:, 2 * width:], result.image)):
        assert (part != to_bgr_uint8(picture)).any()
    layer = (2 * render_streaks(result.params)).clamp(0, 1)
    assert np.array_equal(panel[:, width:2 * width], to_bgr_uint8(layer))


def test_boxes_stand_where_they_were_found(runner, attacked):
    sample, _ = attacked[1][0]
    found, = runner.victim.predict([sample.image], [sample.target])
    best = found.pred_instances[:1]
    found.pred_instances = best
    canvas = np.zeros((64, 96, 3), np.uint8)
    drawn = runner.victim.draw(canvas, found, 0.3)
    x1, y1, x2, y2 = (round(v) for v in best.bboxes[0].tolist())
    assert not canvas.any()
    middle = (max(y1, 0) + min(y2, 63)) // 2, (max(x1, 0) + min(x2, 95)) // 2
    assert drawn[middle[0],
                 np.clip(x1, 0, 95)].any() or drawn[middle[0],
                                                    np.clip(x2, 0, 95)].any()
    outside = np.ones((64, 96), bool)
    outside[max(y1 - 16, 0):y2 + 16, max(x1 - 3, 0):] = False
    assert not drawn[outside].any()


def test_first_images_only_over_all_batches(attacked, runner):
    hook = RainVisualizationHook(num_images=2)
    for batch, pair in enumerate(attacked[1]):
        show(hook, runner, [pair], batch)
    assert [name for name, _ in runner.visualizer
            ] == [f'rain_{sample.name}.png' for sample, _ in attacked[1][:2]]


def test_a_perturbation_that_is_no_rain_is_shown_around_grey(attacked, runner):
    sample, result = attacked[1][0]
    image = sample.image.clone()
    image[:, 0, 0] += 0.1
    noise = Noise(image - sample.image)
    show(
        RainVisualizationHook(score_thr=1.1),
        runner, [(sample, AttackResult(image, noise, noise, {}, [1.], 1))],
        perturbation=NoisePerturbation(None))
    middle = runner.visualizer[0][1][:, 96:192]
    assert (middle[1:] == 128).all()
    assert (np.abs(middle[0, 0].astype(int) - 178.5) <= 1).all()


def test_bad_options():
    with pytest.raises(ValueError, match='must not be negative, got -1'):
        RainVisualizationHook(num_images=-1)
