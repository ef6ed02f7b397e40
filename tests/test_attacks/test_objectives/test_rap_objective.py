"""RAP against loops over anchors, from the formulas of paper and code."""
import math
from dataclasses import replace

import pytest
import torch

from mmadvrain.attacks.objectives.rap_objective import RAPObjective
from mmadvrain.victims.detector_victim import DetectorVictim
from tests.test_attacks.literal_proposals import (
    anchors_with_outputs,
    decode,
    iou,
    sigmoid,
)
from tests.toys.made_once import toy_images, trained_detector
from tests.toys.toy_detector import (
    build_toy_detector,
    toy_faster_rcnn,
    toy_retinanet,
)


@pytest.fixture(scope='module')
def scene():
    """Two images of one size, the second without objects, and noisy ones."""
    images = toy_images()
    samples = [images[0], images[3]]
    clean = [sample.image for sample in samples]
    generator = torch.Generator().manual_seed(0)
    noisy = [(image +
              0.1 * torch.randn(image.shape, generator=generator)).clamp(0, 1)
             for image in clean]
    victim = DetectorVictim(trained_detector())
    targets = [sample.target for sample in samples]
    with victim.frozen(), torch.no_grad():
        return (victim, targets, victim.forward(clean, targets),
                victim.forward(noisy, targets))


def selected(outputs, index, boxes, min_score, min_iou):
    return [
        (logit, delta) for anchor, logit, delta, _ in anchors_with_outputs(
            outputs.rpn, index) if sigmoid(logit) > min_score
        and max([iou(decode(anchor, delta), box)
                 for box in boxes], default=0.) > min_iou
    ]


def truth(targets, index):
    return targets[index].gt_instances.bboxes.tolist()


def value(objective, clean, outputs):
    with torch.no_grad():
        state = objective.prepare(clean, [None] * len(clean))
        return objective.loss(outputs, state).tolist()


def test_paper_equals_the_sum_over_anchors(scene):
    """sum z log s - log 0.4, and lambda sum z sum (delta - tau)^2."""
    _, targets, clean, noisy = scene
    for i in range(2):
        kept = selected(noisy, i, truth(targets, i), 0.4, 0.1)
        assert bool(kept) == (i == 0)
        label = sum(
            math.log(sigmoid(logit)) - math.log(0.4) for logit, _ in kept)
        shape = sum((d - 1e5)**2 for _, delta in kept for d in delta)
        both = value(RAPObjective(), clean, noisy)[i]
        assert both == pytest.approx(label + shape / 2e5, rel=1e-9)
        alone = value(RAPObjective(shape_weight=0.), clean, noisy)[i]
        assert alone == pytest.approx(label, rel=1e-5)
        other = value(
            RAPObjective(tau=3., shape_weight=1., label_weight=0.), clean,
            noisy)[i]
        wanted = sum((d - 3.)**2 for _, delta in kept for d in delta)
        assert other == pytest.approx(wanted, rel=1e-5)


def test_paper_thresholds_are_options(scene):
    _, targets, clean, noisy = scene
    kept = selected(noisy, 0, truth(targets, 0), 0.05, 0.4)
    assert len(kept) != len(selected(noisy, 0, truth(targets, 0), 0.4, 0.1))
    objective = RAPObjective(
        min_score=0.05, min_iou=0.4, tau=1., shape_weight=0.)
    label = sum(math.log(sigmoid(logit)) - math.log(0.05) for logit, _ in kept)
    assert value(objective, clean, noisy)[0] == pytest.approx(label, rel=1e-5)


def test_paper_gradient_by_hand(scene):
    """d/dlogit = z (1 - s) and d/ddelta = 2 lambda (delta - tau) z."""
    _, _, clean, noisy = scene
    leaves = [[level[:1].detach().clone().requires_grad_() for level in kind]
              for kind in noisy.rpn]
    objective = RAPObjective()
    state = objective.prepare(clean, [None] * 2)
    outputs = replace(noisy.single(0), _rpn=tuple(leaves))
    objective.loss(outputs, state[:1]).sum().backward()
    with torch.no_grad():
        keep = objective._select(noisy, noisy.rpn_priors,
                                 *(flat[0] for flat in noisy.rpn_flat()),
                                 state[0][0])
    slopes = torch.cat(
        [level.grad[0].permute(1, 2, 0).flatten() for level in leaves[0]])
    logits = torch.cat(
        [level[0].permute(1, 2, 0).flatten() for level in noisy.rpn[0]])
    wanted = torch.zeros_like(slopes)
    wanted[keep] = 1 - logits[keep].sigmoid()
    torch.testing.assert_close(slopes, wanted)
    pulls = torch.cat(
        [level.grad[0].permute(1, 2, 0).reshape(-1, 4) for level in leaves[1]])
    assert torch.equal(pulls.any(1).nonzero()[:, 0], keep)
    # one as good as exactly, with the default lambda
    torch.testing.assert_close(
        pulls[keep], torch.full_like(pulls[keep], -1.), rtol=1e-3, atol=0)


def test_code_equals_the_mean_over_anchors(scene):
    """0.5 mean -log p_bg + 0.5 exp(-mean |delta - clean delta + 1e-5|)."""
    _, _, clean, noisy = scene
    with torch.no_grad():
        found = [[
            box for box, score in zip(d.pred_instances.bboxes.tolist(),
                                      d.pred_instances.scores.tolist())
            if score > 0.5
        ] for d in clean.detections()]
    assert found[0]
    values = value(RAPObjective(variant='code'), clean, noisy)
    for i in range(2):
        anchors = anchors_with_outputs(noisy.rpn, i)
        before = anchors_with_outputs(clean.rpn, i)
        kept = [
            j for j, (box, logit, delta, _) in enumerate(anchors)
            if sigmoid(logit) > 0.01
            and max([iou(decode(box, delta), b)
                     for b in found[i]], default=0.) > 0.3
        ]
        wanted = 0.
        if kept:
            label = sum(-math.log(1 - sigmoid(anchors[j][1]))
                        for j in kept) / len(kept)
            moved = sum(
                abs(d - c + 1e-5) for j in kept
                for d, c in zip(anchors[j][2], before[j][2])) / len(kept) / 4
            wanted = 0.5 * label + 0.5 * math.exp(-moved)
        assert values[i] == pytest.approx(wanted, rel=1e-4)
    assert values[0] > 0


def test_an_image_alone_has_the_value_it_has_in_a_batch(scene):
    victim, targets, clean, noisy = scene
    for objective in (RAPObjective(), RAPObjective(variant='code')):
        both = value(objective, clean, noisy)
        for i in range(2):
            alone = value(objective, clean.single(i), noisy.single(i))
            assert alone == pytest.approx(both[i:i + 1], rel=1e-6)


@pytest.mark.parametrize('variant', ['paper', 'code'])
def test_nothing_selected_is_zero_with_a_gradient_of_zero(scene, variant):
    victim, targets, clean, _ = scene
    leaf = torch.zeros(3, 64, 96, requires_grad=True)
    objective = RAPObjective(variant=variant, min_score=1.)
    with victim.frozen():
        outputs = victim.forward([leaf], targets[:1])
        with torch.no_grad():
            state = objective.prepare(clean.single(0), [None])
        loss = objective.loss(outputs, state)
        grad, = torch.autograd.grad(loss.sum(), leaf)
    assert loss.tolist() == [0.]
    assert not grad.any()


def test_a_softmax_rpn_has_its_foreground_first():
    cfg = toy_faster_rcnn()
    cfg['rpn_head']['loss_cls'].update(use_sigmoid=False)
    images = toy_images()
    victim = DetectorVictim(build_toy_detector(cfg))
    with victim.frozen(), torch.no_grad():
        outputs = victim.forward([images[0].image], [images[0].target])
        logits = outputs.rpn_flat()[0][0]
        found = victim.model.rpn_head.predict_by_feat(
            *outputs.rpn, batch_img_metas=[images[0].target.metainfo])[0]
    assert logits.numel() == 2 * (8 * 12 + 4 * 6)
    torch.testing.assert_close(logits.sigmoid().max(), found.scores.max())


def test_one_stage_detectors_are_refused():
    image = toy_images()[0]
    victim = DetectorVictim(build_toy_detector(toy_retinanet()))
    with victim.frozen():
        outputs = victim.forward([image.image], [image.target])
        with pytest.raises(
                ValueError,
                match='RAPObjective wants a two-stage '
                'detector with an RPN, but got RetinaNet'):
            RAPObjective().prepare(outputs, [None])


@pytest.mark.parametrize('kwargs, match', [
    (dict(variant='both'), "must be 'paper' or 'code', but got 'both'"),
    (dict(min_iou=1.5), r'`min_iou` must be in \[0, 1\], got 1.5'),
    (dict(min_score=-1), r'`min_score` must be in \[0, 1\], got -1'),
    (dict(tau=0), '`tau` must be positive, but got 0'),
])
def test_bad_options(kwargs, match):
    with pytest.raises(ValueError, match=match):
        RAPObjective(**kwargs)
