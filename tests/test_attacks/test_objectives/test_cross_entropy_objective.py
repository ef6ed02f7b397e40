"""Algorithm 1: ascend the cross-entropy, return the image of the largest."""
import math
import types

import pytest
import torch

from mmadvrain.attacks.iterative_attack import IterativeAttack
from mmadvrain.attacks.objectives import CrossEntropyObjective
from mmadvrain.structures.class_data_sample import ClassDataSample
from mmadvrain.victims.classifier_victim import (
    ClassifierOutputs,
    ClassifierVictim,
)
from tests.toys.toy_classes import toy_classifier


def outputs(logits, labels):
    return ClassifierOutputs(torch.nn.Identity(), torch.tensor(logits),
                             torch.tensor(labels))


def test_hand_value():
    # softmax of (log 3, 0) is (3/4, 1/4)
    found = CrossEntropyObjective().loss(
        outputs([[math.log(3), 0.], [math.log(3), 0.]], [0, 1]), None)
    assert found.tolist() == pytest.approx([math.log(3 / 4), math.log(1 / 4)])


@pytest.mark.parametrize('label', (-1, 2))
def test_refuses_a_label_that_is_no_class(label):
    with pytest.raises(ValueError, match='among the 2 classes'):
        CrossEntropyObjective().loss(outputs([[0., 1.]], [label]), None)


def test_refuses_a_detector():
    with pytest.raises(ValueError, match='wants a classifier'):
        CrossEntropyObjective().loss(
            types.SimpleNamespace(model=torch.nn.Identity()), None)


def attack(**options):
    return IterativeAttack(
        dict(
            type='mmadvrain.RainPerturbation',
            init=dict(type='mmadvrain.UniformFactors', density=0.03)),
        [dict(type='mmadvrain.CrossEntropyObjective')], **options)


def test_the_image_of_the_largest_loss_is_returned():
    image = torch.full((3, 48, 48), 0.4)
    image[1] += 0.02
    victim = ClassifierVictim(toy_classifier())
    target = ClassDataSample().set_label(1)
    assert int(victim.predict([image], [target])[0].pred_label) == 1
    result, = attack(steps=6).run(victim, [image], [target], ['a'])
    curve = result.losses['cross_entropy']
    assert result.best_step == curve.index(min(curve)) + 1
    found, = victim.predict([result.image], [target])
    assert float(found.pred_loss) == pytest.approx(-min(curve), rel=1e-4)
    # stronger than the random rain it starts from
    assert min(curve) < curve[0]
