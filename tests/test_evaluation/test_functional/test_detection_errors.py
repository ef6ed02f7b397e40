"""Kinds of error, each made by hand on boxes of 10 by 10 pixels."""
import numpy as np
import pytest

from mmadvrain.evaluation.functional.detection_errors import (
    KINDS,
    detection_errors,
)

OBJECT = [0, 0, 10, 10]
HALF = [0, 0, 10, 5]  # IoU 0.5
THIRD = [5, 0, 15, 10]  # IoU 50 / 150
FAR = [50, 50, 60, 60]


def errors(detections, objects=((OBJECT, 0), ), regions=None):
    """From pairs of box and class; scores fall in the order given."""
    boxes, labels = zip(*detections) if detections else ((), ())
    truth, classes = zip(*objects) if objects else ((), ())
    return detection_errors(
        np.reshape(boxes, (-1, 4)), np.linspace(.9, .5, len(boxes)),
        np.array(labels), np.reshape(truth, (-1, 4)), np.array(classes),
        regions)


@pytest.mark.parametrize('box,label,kind,missed', [
    (OBJECT, 0, 'right', False),
    (HALF, 0, 'right', False),
    (THIRD, 0, 'mislocalised', False),
    (OBJECT, 1, 'misclassified', False),
    (HALF, 1, 'misclassified', False),
    (THIRD, 1, 'both', True),
    (FAR, 0, 'invented', True),
    ([9.5, 0, 19.5, 10], 0, 'invented', True),
])
def test_one_detection_of_one_object(box, label, kind, missed):
    found = errors([(box, label)])
    assert found.kinds == [kind]
    assert found.missed.tolist() == [missed]


def test_the_second_detection_of_an_object_is_a_duplicate():
    found = errors([(OBJECT, 0), (HALF, 0)])
    assert found.kinds == ['right', 'duplicate']
    assert found.match.tolist() == [0]


def test_the_better_score_finds_the_object_whatever_the_order():
    found = detection_errors(
        np.array([OBJECT, HALF]), np.array([.4, .8]), np.zeros(2),
        np.array([OBJECT]), np.zeros(1))
    assert found.kinds == ['duplicate', 'right']
    assert found.match.tolist() == [1]


def test_no_detection_misses_every_object():
    found = errors([], [(OBJECT, 0), (FAR, 1)])
    assert found.missed.tolist() == [True, True]
    assert found.count() == dict.fromkeys(KINDS, 0) | dict(missed=2)


def test_without_objects_all_is_invented():
    assert errors([(OBJECT, 0)], []).count()['invented'] == 1


def test_what_lies_in_a_crowd_does_not_count():
    crowd = [[40, 40, 80, 80]]
    assert errors([(FAR, 0)], [], crowd).kinds == ['ignored']
    assert errors([(OBJECT, 0)], regions=[OBJECT]).kinds == ['right']


def test_a_detection_takes_the_next_object_where_its_best_is_found():
    close = [1, 0, 11, 10]
    found = errors([(OBJECT, 0), (OBJECT, 0)], [(OBJECT, 0), (close, 0)])
    assert found.kinds == ['right', 'right']
    assert found.match.tolist() == [0, 1]
