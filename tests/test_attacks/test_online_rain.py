"""Layers of attacks on the image that is trained on."""
import pickle

import numpy as np
import pytest
import torch

from mmadvrain.attacks.iterative_attack import IterativeAttack
from mmadvrain.attacks.online_rain import OnlineRain
from mmadvrain.datasets.transforms import MixAdversarialRain
from mmadvrain.datasets.transforms.rain_mix import RainMix
from mmadvrain.functional.pixel_space import as_tensor
from mmadvrain.rain.compose import compose_rain
from mmadvrain.rain.streaks import render_streaks
from mmadvrain.registry import TASK_UTILS
from mmadvrain.victims.classifier_victim import ClassifierVictim
from mmadvrain.victims.detector_victim import DetectorVictim
from tests.toys.made_once import (
    toy_images,
    toy_root,
    trained_detector,
    trained_weights,
)
from tests.toys.toy_classes import (
    toy_class_config,
    toy_classifier,
    write_toy_classes,
)
from tests.toys.toy_detector import toy_attack, toy_config

LOSS = [dict(type='mmadvrain.DetectorLossObjective', num_rois=16)]
CLASS = toy_attack(
    steps=3, objectives=[dict(type='mmadvrain.CrossEntropyObjective')])


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def colour(channel, size_hw=(32, 40)):
    """An image of the class of that channel."""
    rng = np.random.default_rng(channel)
    image = rng.normal(100, 12, (*size_hw, 3))
    image[..., channel] += 8
    return image.round().clip(0, 255).astype(np.uint8)


@pytest.fixture(scope='module')
def detector():
    return DetectorVictim(trained_detector())


@pytest.mark.parametrize('index', range(2))
def test_a_detector_is_attacked_by_its_own_detections(detector, index):
    clean = toy_images()[index].image
    guess = detector.guess(clean)
    seen, = detector.predict([clean], [guess])
    strong = seen.pred_instances.scores >= 0.3
    assert 0 < len(guess.gt_instances) == int(strong.sum())
    assert torch.equal(guess.gt_instances.bboxes,
                       seen.pred_instances.bboxes[strong])
    source = OnlineRain(
        detector, toy_attack(steps=6, objectives=LOSS), view_hw=None)
    layer = source.draw_layer(clean.shape[-2:], generator(), clean)
    assert layer.shape == clean.shape and not layer.requires_grad
    # it is the rain of the plain attack, and worse than where that began
    key = int(torch.randint(2**62, (), generator=generator()))
    result, = source.attack.run(detector, [clean], [guess], [key])
    assert torch.equal(compose_rain(clean, layer), result.image)
    assert result.summed_losses[result.best_step - 1] < \
        result.summed_losses[0]


def test_where_nothing_is_seen_there_is_rain_still(detector):
    clean = torch.full((3, 24, 40), 0.4)
    assert len(detector.guess(clean, min_score=1.).gt_instances) == 0
    detector_of_nothing = DetectorVictim(trained_detector())
    detector_of_nothing.guess = lambda image: detector.guess(image, 1.)
    source = OnlineRain(detector_of_nothing, toy_attack(2, LOSS))
    layer = source.draw_layer((24, 40), generator(), clean)
    assert torch.isfinite(layer).all() and layer.any()


@pytest.mark.parametrize('channel', range(3))
def test_a_classifier_is_attacked_in_the_class_it_sees(channel):
    victim = ClassifierVictim(toy_classifier())
    source = OnlineRain(victim, dict(CLASS, steps=8), view_hw=None)
    clean = as_tensor(colour(channel))
    target = victim.guess(clean)
    assert int(target.gt_label) == channel
    layer = source.draw_layer((32, 40), generator(), clean)
    start = source.attack.perturbation.begin(clean,
                                             torch.Generator().manual_seed(3))
    with victim.frozen():
        loss = [
            torch.nn.functional.cross_entropy(
                victim.forward([compose_rain(clean, rain)], [target]).logits,
                target.gt_label[None])
            for rain in (layer, render_streaks(start))
        ]
    assert loss[0] > loss[1]


def test_a_patch_has_the_streaks_of_its_photograph(monkeypatch):
    """As long in pixels as in 480 x 640, and as many at each edge."""
    results = []
    run = IterativeAttack.run
    monkeypatch.setattr(
        IterativeAttack, 'run', lambda self, *args:
        (results.extend(run(self, *args)), results[-1:])[1])
    source = OnlineRain(ClassifierVictim(toy_classifier()), CLASS)
    clean = as_tensor(colour(1, (100, 100)))
    edges = torch.zeros(2)
    for seed in range(8):
        layer = source.draw_layer((100, 100), generator(seed), clean)
        down = float(results[-1].params.theta[1]) * 100 / 2
        assert 0.08 * 480 / 2 <= down <= 0.2 * 480 / 2 + 1e-4
        assert compose_rain(clean, layer).equal(results[-1].image)
        edges += torch.stack([layer[:, :20].mean(), layer[:, -20:].mean()])
    # without rain from above the upper edge would be much darker
    assert float(edges[0] / edges[1]) == pytest.approx(1, abs=0.15)


def test_each_layer_has_new_noise_and_nothing_else_decides():
    source = OnlineRain(ClassifierVictim(toy_classifier()), CLASS)
    clean = as_tensor(colour(1))

    def drawn(seed):
        torch.rand(1)  # global random numbers do not matter
        return source.draw_layer((32, 40), generator(seed), clean)

    assert torch.equal(drawn(1), drawn(1))
    assert not torch.equal(drawn(1), drawn(2))
    stream = generator(1)
    first, second = (
        source.draw_layer((32, 40), stream, clean) for _ in range(2))
    assert torch.equal(first, drawn(1)) and not torch.equal(first, second)
    again = pickle.loads(pickle.dumps(source))
    assert torch.equal(
        again.draw_layer((32, 40), generator(1), clean), drawn(1))


@pytest.mark.parametrize('transform', [MixAdversarialRain, RainMix])
def test_the_clean_image_is_attacked_whatever_the_base(transform, tmp_path):
    write_toy_classes(tmp_path)
    config = tmp_path / 'victim.py'
    toy_class_config(tmp_path).dump(config)
    options = dict(
        layers=dict(
            type='mmadvrain.OnlineRain', victim=dict(config=str(config))))
    mix = transform(**options)
    # the attack is that of the config
    assert mix.layers.attack.steps == 3
    shown = []
    draw = mix.layers.draw_layer
    mix.layers.draw_layer = lambda *args: shown.append(args) or draw(*args)
    clean = colour(2)
    results = dict(clean=clean, rainy=clean + np.uint8(40))
    for seed in range(4):
        np.random.seed(seed)
        out = mix(dict(results))['rainy']
        assert out.shape == clean.shape and out.dtype == np.uint8
        assert (out > clean).any()
    for size_hw, _, image in shown:
        assert size_hw == (32, 40)
        assert torch.equal(image, as_tensor(clean))


def test_a_detector_by_config(tmp_path):
    config = tmp_path / 'victim.py'
    toy_config(toy_root()).dump(config)
    victim = dict(
        config=str(config), checkpoint=str(trained_weights('two_stage')))
    source = TASK_UTILS.build(
        dict(
            type='mmadvrain.OnlineRain',
            victim=victim,
            attack=toy_attack(2, LOSS)))
    clean = toy_images()[0].image
    assert source.draw_layer(clean.shape[-2:], generator(), clean).any()
    assert not any(p.requires_grad for p in source.victim.model.parameters())
    with pytest.raises(ValueError, match='`attack` must be given'):
        OnlineRain(victim)
    with pytest.raises(ValueError, match='names no weights'):
        OnlineRain(dict(config=str(config)), CLASS)
    with pytest.raises(FileNotFoundError):
        OnlineRain(dict(config=str(tmp_path / 'no.py')), CLASS)


def test_what_makes_no_rain_is_refused():
    noise = IterativeAttack(
        perturbation=dict(type='mmadvrain.NoisePerturbation'),
        objectives=[dict(type='mmadvrain.CrossEntropyObjective')])
    victim = ClassifierVictim(toy_classifier())
    with pytest.raises(TypeError, match='has a NoisePerturbation'):
        OnlineRain(victim, noise)
    with pytest.raises(ValueError, match=r'image of \(8, 9\), got \(8, 8\)'):
        OnlineRain(victim, CLASS).draw_layer((8, 9), generator(),
                                             torch.zeros(3, 8, 8))
