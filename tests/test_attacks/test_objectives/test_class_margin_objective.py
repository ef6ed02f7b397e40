import pytest
import torch
from mmdet.structures.bbox import bbox2roi

from mmadvrain.attacks.objectives import ClassMarginObjective
from mmadvrain.victims.detector_victim import DetectorVictim
from tests.toys.made_once import toy_images, trained_detector


@pytest.fixture(scope='module')
def victim():
    return DetectorVictim(trained_detector())


def outputs_of(victim, *indices, image=None):
    samples = [toy_images()[i] for i in indices]
    images = [s.image if image is None else image for s in samples]
    return victim.forward(images, [s.target for s in samples])


def literal(victim, outputs, min_prob, kappa):
    """Region by region, with MMDetection's own test-time proposals."""
    model = victim.model
    found = model.rpn_head.predict(
        model.extract_feat(outputs.inputs), outputs.samples, rescale=False)
    logits = model.roi_head._bbox_forward(
        model.extract_feat(outputs.inputs),
        bbox2roi([found[0].bboxes]))['cls_score']
    total, count = 0., 0
    shown = set(outputs.samples[0].gt_instances.labels.tolist())
    for row in logits:
        probs = row.softmax(0).tolist()
        true = max(shown, key=lambda label: probs[label])
        if probs[true] > min_prob:
            count += 1
            other = max(v for j, v in enumerate(row.tolist()) if j != true)
            total += max(float(row[true]) - other, -kappa)
    return total, count


@pytest.mark.parametrize('min_prob, kappa', [(0.7, 0.), (0.05, 1.)])
def test_equals_the_literal_sum(victim, min_prob, kappa):
    with victim.frozen(), torch.no_grad():
        outputs = outputs_of(victim, 0)
        value = ClassMarginObjective(min_prob, kappa).loss(outputs, None)
        expected, count = literal(victim, outputs, min_prob, kappa)
    assert count > 3
    assert value.shape == (1, )
    assert float(value) == pytest.approx(expected, rel=1e-5)


def test_gradient_reaches_the_image(victim):
    image = toy_images()[0].image.clone().requires_grad_()
    with victim.frozen():
        value = ClassMarginObjective().loss(
            outputs_of(victim, 0, image=image), None)
        value.sum().backward()
    assert torch.isfinite(image.grad).all() and image.grad.any()


def test_image_without_objects_is_zero(victim):
    with victim.frozen():
        value = ClassMarginObjective(0.).loss(outputs_of(victim, 3), None)
    assert float(value) == 0


def test_one_stage_detectors_are_refused():
    victim = DetectorVictim(trained_detector('one_stage'))
    with pytest.raises(ValueError, match='ClassMarginObjective wants a two'):
        ClassMarginObjective().loss(outputs_of(victim, 0), None)


@pytest.mark.parametrize('name, value', [('min_prob', 1.5), ('kappa', -1.)])
def test_arguments_are_checked(name, value):
    with pytest.raises(ValueError, match=name):
        ClassMarginObjective(**{name: value})
