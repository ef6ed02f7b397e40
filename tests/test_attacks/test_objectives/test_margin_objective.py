"""The margin against loops over proposals."""
import pytest
import torch

from mmadvrain.attacks.objectives.margin_objective import MarginObjective
from mmadvrain.victims.detector_victim import DetectorVictim
from tests.test_attacks.literal_proposals import literal_targets, logits_of
from tests.toys.made_once import toy_images, trained_detector
from tests.toys.toy_detector import build_toy_detector, toy_retinanet


@pytest.fixture(scope='module')
def scene():
    images = toy_images()
    samples = [images[0], images[3]]
    generator = torch.Generator().manual_seed(0)
    noisy = [
        (s.image +
         0.2 * torch.randn(s.image.shape, generator=generator)).clamp(0, 1)
        for s in samples
    ]
    victim = DetectorVictim(trained_detector())
    targets = [sample.target for sample in samples]
    with victim.frozen():
        return targets, victim.forward(noisy, targets)


@pytest.mark.parametrize('margin', [0., 6.])
def test_value_is_the_sum_of_hinges_over_proposals_on_objects(scene, margin):
    targets, noisy = scene
    objective = MarginObjective(
        margin, min_iou=0.3, min_prob=0.05, max_targets=None, nms_iou=0.9)
    with torch.no_grad():
        values = objective.loss(noisy, None).tolist()
    assert not len(targets[1].gt_instances) and values[1] == 0
    wanted = 0.
    for *box, label in literal_targets(
            noisy, 0, targets[0], 0.3, 0.05, limit=200):
        row = logits_of(noisy, 0, torch.tensor([box]))[0].tolist()
        other = max(v for c, v in enumerate(row) if c != label)
        wanted += max(row[label] - other + margin, 0.)
    assert wanted > 0
    # boxes are rounded to a hundredth of a pixel in the loop
    assert values[0] == pytest.approx(wanted, rel=0.02)


def test_a_step_against_its_gradient_lowers_it():
    victim = DetectorVictim(trained_detector())
    sample = toy_images()[0]
    image = sample.image.clone().requires_grad_()
    objective = MarginObjective()
    with victim.frozen():
        outputs = victim.forward([image], [sample.target])
        before = objective.loss(outputs, None)
        grad, = torch.autograd.grad(before.sum(), image)
        moved = (image - 4 / 255 * grad.sign()).detach().clamp(0, 1)
        with torch.no_grad():
            after = objective.loss(
                victim.forward([moved], [sample.target]), None)
    assert float(before) > 0
    assert float(after) < float(before)


def test_an_image_has_the_value_it_has_alone(scene):
    _, noisy = scene
    objective = MarginObjective()
    with torch.no_grad():
        both = objective.loss(noisy, None)
        alone = objective.loss(noisy.single(0), None)
    assert float(both[0]) == pytest.approx(float(alone[0]), rel=1e-5)


def test_wants_a_second_stage():
    victim = DetectorVictim(build_toy_detector(toy_retinanet()))
    sample = toy_images()[0]
    with victim.frozen(), pytest.raises(
            ValueError, match='MarginObjective wants a two-stage detector'):
        MarginObjective().loss(
            victim.forward([sample.image], [sample.target]), None)


@pytest.mark.parametrize('kwargs, match', [
    (dict(margin=-1), '`margin` must not be negative, got -1'),
    (dict(min_iou=2), r'`min_iou` must be in \[0, 1\], got 2'),
    (dict(max_targets=0), '`max_targets` must be positive, got 0'),
])
def test_bad_options(kwargs, match):
    with pytest.raises(ValueError, match=match):
        MarginObjective(**kwargs)
