"""Damage of an image, by hand."""
from pathlib import Path

import numpy as np
import pytest

from mmadvrain.evaluation.page.damage import damage_of, sum_errors
from mmadvrain.evaluation.page.run_folder import Boxes, RunImage

NEAR, FAR = [0, 0, 10, 10], [50, 50, 70, 70]


def boxes(*rows):
    """Of (box, label, score)."""
    places, labels, scores = zip(*rows) if rows else ((), (), ())
    return Boxes(
        np.reshape(places, (-1, 4)).astype(float), np.array(labels, int),
        np.array(scores, float))


def image(clean, rainy, truth=((NEAR, 0, 1.), (FAR, 1, 1.))):
    return RunImage('a', Path('a.png'), boxes(*truth), None, {},
                    dict(clean=boxes(*clean), adversarial=boxes(*rainy)))


def test_errors_are_counted_and_f1_falls():
    clean = [(NEAR, 0, .9), (FAR, 1, .9)]
    rainy = [(FAR, 0, .9), ([200, 200, 220, 220], 1, .8)]
    damage = damage_of(image(clean, rainy), .3)
    assert damage.counts('clean') == dict.fromkeys(damage.counts('clean'), 0)
    counts = {k: v for k, v in damage.counts('adversarial').items() if v}
    assert counts == dict(missed=1, misclassified=1, invented=1)
    assert damage.objects == 2
    assert damage.f1('clean') == 1 and damage.f1('adversarial') == 0
    assert damage.amount == 1


def test_rain_may_help():
    both = [(NEAR, 0, .9), (FAR, 1, .9)]
    assert damage_of(image([], both), .3).amount == -1


def test_half_of_the_objects_and_one_too_many():
    rainy = [(NEAR, 0, .9), ([200, 200, 220, 220], 1, .8)]
    damage = damage_of(image([], rainy), .3)
    assert damage.f1('adversarial') == 0.5  # precision and recall 1 / 2


@pytest.mark.parametrize('score_thr,amount', [(.5, 1), (.4, 0)])
def test_only_detections_of_the_score_count(score_thr, amount):
    right = [(NEAR, 0, .9), (FAR, 1, .9)]
    weak = [(NEAR, 0, .45), (FAR, 1, .45)]
    assert damage_of(image(right, weak), score_thr).amount == amount


def test_what_does_not_count_is_never_missed():
    crowd = image([], [], [(NEAR, 0, 0.)])
    damage = damage_of(crowd, .3)
    assert damage.objects == 0 and damage.f1('clean') == 1


def test_a_classifier_is_damaged_by_loss():
    one = RunImage('a', Path('a.png'), None, 1, {})
    one.guesses = dict(
        clean=dict(pred=1, loss=.25), adversarial=dict(pred=0, loss=2.))
    assert damage_of(one, .3).amount == 1.75
    del one.guesses['clean']['loss']
    assert damage_of(one, .3).amount is None


def test_errors_add_up():
    damages = [damage_of(image([], []), .3)] * 3
    assert sum_errors(damages, ['clean'])['missed'] == dict(clean=6)
