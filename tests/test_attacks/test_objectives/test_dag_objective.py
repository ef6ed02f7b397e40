"""DAG against loops over proposals, from the formulas of the paper."""
import pytest
import torch

from mmadvrain.attacks.objectives.dag_objective import DAGObjective, DAGTargets
from mmadvrain.utils.random import private_generator
from mmadvrain.victims.detector_victim import DetectorVictim
from tests.test_attacks.literal_proposals import (
    iou,
    literal_targets,
    logits_of,
)
from tests.toys.made_once import toy_images, trained_detector
from tests.toys.toy_detector import (
    build_toy_detector,
    toy_faster_rcnn,
    toy_retinanet,
)


@pytest.fixture(scope='module')
def scene():
    samples = two_samples()
    victim = DetectorVictim(trained_detector())
    targets = [sample.target for sample in samples]
    clean, noisy = (seen(victim, samples, noise) for noise in (0., 0.4))
    return victim, targets, clean, noisy


def two_samples():
    """An image with objects and one without."""
    images = toy_images()
    return [images[0], images[3]]


def seen(victim, samples, noise):
    """What the victim makes of images under noise."""
    generator = torch.Generator().manual_seed(0)
    noisy = [
        (sample.image +
         noise * torch.randn(sample.image.shape, generator=generator)).clamp(
             0, 1) for sample in samples
    ]
    with victim.frozen(), torch.no_grad():
        return victim.forward(noisy, [sample.target for sample in samples])


def generators(count=2):
    return [private_generator(0, i, 'dag') for i in range(count)]


def prepare(objective, outputs, count=2):
    with torch.no_grad():
        return objective.prepare(outputs, generators(count))


def chosen(state):
    return [targets for targets, _ in state]


def as_set(targets):
    return {
        (*(round(v, 2) for v in box), label)
        for box, label in zip(targets.boxes.tolist(), targets.true.tolist())
    }


@pytest.mark.parametrize(
    'options',
    [dict(), dict(min_iou=0.5, min_prob=0.6),
     dict(max_proposals=20)])
def test_targets_equal_the_loop_over_proposals(scene, options):
    _, targets, clean, _ = scene
    state = chosen(prepare(DAGObjective(**options), clean))
    limit = options.pop('max_proposals', 3000)
    for i in range(2):
        wanted = literal_targets(clean, i, targets[i], limit=limit, **options)
        found = as_set(state[i])
        # a threshold may be met to the last bit
        assert len(wanted ^ found) <= 0.02 * len(wanted)
        assert bool(found) == (i == 0)


def test_value_equals_the_sum_over_active_proposals(scene):
    """sum over targets still named rightly of f_true - f_wrong."""
    victim, _, clean, _ = scene
    samples = two_samples()
    objective = DAGObjective()
    state = prepare(objective, clean)
    targets = chosen(state)
    assert len(targets[0].boxes) and not len(targets[1].boxes)
    partly = 0
    # how much noise it takes depends on the detector
    for noise in (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4):
        noisy = seen(victim, samples, noise)
        with torch.no_grad():
            values = objective.loss(noisy, state).tolist()
        rows = logits_of(noisy, 0, targets[0].boxes).tolist()
        active = [
            row[true] - row[wrong] for row, true, wrong in zip(
                rows, targets[0].true.tolist(), targets[0].wrong.tolist())
            if row.index(max(row)) == true
        ]
        assert values == pytest.approx([sum(active), 0.], rel=1e-4, abs=1e-5)
        partly += 0 < len(active) < len(rows)
    assert partly


def test_wrong_classes_are_a_map_onto_absent_ones(scene):
    _, targets, clean, _ = scene
    state = chosen(prepare(DAGObjective(), clean))[0]
    shown = set(targets[0].gt_instances.labels.tolist())
    pairs = set(zip(state.true.tolist(), state.wrong.tolist()))
    assert {true for true, _ in pairs} <= shown
    assert len(pairs) == len({true for true, _ in pairs})
    # three classes, two of them shown: one is left for both
    assert {wrong for _, wrong in pairs} == {0, 1, 2} - shown


def test_wrong_classes_differ_from_the_true_ones_where_all_are_shown(scene):
    victim, targets, clean, _ = scene
    crowded = clean.single(0)
    crowded.samples = [crowded.samples[0].clone()]
    objects = crowded.samples[0].gt_instances.clone()
    crowded.samples[0].gt_instances = type(objects).cat([objects] * 2)
    crowded.samples[0].gt_instances.labels = torch.tensor([0, 1, 2, 0])
    state = chosen(prepare(DAGObjective(min_prob=0.), crowded, 1))[0]
    assert len(state.true) and not (state.true == state.wrong).any()


def test_the_map_is_drawn_from_the_images_generator():
    cfg = toy_faster_rcnn()
    cfg['roi_head']['bbox_head'].update(num_classes=40)
    image = toy_images()[0]
    victim = DetectorVictim(build_toy_detector(cfg))
    objective = DAGObjective(min_prob=0.)

    def wrong(key):
        with victim.frozen(), torch.no_grad():
            outputs = victim.forward([image.image], [image.target])
            return chosen(
                objective.prepare(outputs,
                                  [private_generator(0, key, 'dag')]))[0].wrong

    assert torch.equal(wrong(1), wrong(1))
    assert not torch.equal(wrong(1), wrong(2))


def test_most_probable_targets_are_kept(scene):
    _, _, clean, _ = scene
    every = chosen(prepare(DAGObjective(), clean))[0]
    few = chosen(prepare(DAGObjective(max_targets=5), clean))[0]
    assert len(few.boxes) == 5 and len(every.boxes) > 5
    probs = logits_of(clean, 0, every.boxes).softmax(1)
    probs = probs.gather(1, every.true[:, None])[:, 0]
    assert torch.equal(few.boxes, every.boxes[:5])
    assert float(probs[:5].min()) >= float(probs[5:].max()) - 1e-6


def test_an_image_alone_has_the_value_it_has_in_a_batch(scene):
    _, _, clean, noisy = scene
    objective = DAGObjective()
    state = prepare(objective, clean)
    with torch.no_grad():
        both = objective.loss(noisy, state).tolist()
        for i in range(2):
            alone = objective.loss(noisy.single(i), state[i:i + 1]).tolist()
            assert alone == pytest.approx(both[i:i + 1], rel=1e-5)


def test_refreshed_targets_are_those_of_the_image_as_it_is(scene):
    _, targets, clean, noisy = scene
    objective = DAGObjective(refresh=True)
    state = prepare(objective, clean)
    with torch.no_grad():
        value = float(objective.loss(noisy, state)[0])
    wrong = state[0][1].tolist()
    wanted = 0.
    boxes = prepare(DAGObjective(), noisy)[0][0]
    assert as_set(boxes) != as_set(state[0][0])
    for row, true in zip(
            logits_of(noisy, 0, boxes.boxes).tolist(), boxes.true.tolist()):
        if row.index(max(row)) == true:
            wanted += row[true] - row[wrong[true]]
    assert value == pytest.approx(wanted, rel=1e-4)


def test_no_target_is_zero_with_a_gradient_of_zero(scene):
    victim, targets, clean, _ = scene
    objective = DAGObjective()
    state = prepare(objective, clean)[1:]
    leaf = torch.zeros(3, 64, 96, requires_grad=True)
    with victim.frozen():
        loss = objective.loss(victim.forward([leaf], targets[1:]), state)
        grad, = torch.autograd.grad(loss.sum(), leaf)
    assert loss.tolist() == [0.]
    assert not grad.any()


@pytest.mark.parametrize('model, match', [
    (toy_retinanet(), 'wants a two-stage detector with an RPN, but got Reti'),
    (dict(
        toy_faster_rcnn(),
        roi_head=dict(
            toy_faster_rcnn()['roi_head'],
            type='CascadeRoIHead',
            num_stages=1,
            stage_loss_weights=[1.]),
        train_cfg=dict(
            toy_faster_rcnn()['train_cfg'],
            rcnn=[toy_faster_rcnn()['train_cfg']['rcnn']])),
     'one bbox_head and a logit a class, but got CascadeRoIHead'),
    (dict(
        toy_faster_rcnn(),
        roi_head=dict(
            toy_faster_rcnn()['roi_head'],
            bbox_head=dict(
                toy_faster_rcnn()['roi_head']['bbox_head'],
                num_classes=1))), 'wants at least two classes, but got 1'),
])
def test_victims_it_cannot_attack(model, match):
    image = toy_images()[0]
    victim = DetectorVictim(build_toy_detector(model))
    with victim.frozen():
        outputs = victim.forward([image.image], [image.target])
        with pytest.raises(ValueError, match=match):
            DAGObjective().prepare(outputs, generators(1))


@pytest.mark.parametrize('kwargs, match', [
    (dict(nms_iou=2), r'`nms_iou` must be in \[0, 1\], got 2'),
    (dict(min_iou=-1), r'`min_iou` must be in \[0, 1\], got -1'),
    (dict(min_prob=7), r'`min_prob` must be in \[0, 1\], got 7'),
    (dict(max_proposals=0), '`max_proposals` must be positive, got 0'),
    (dict(max_targets=0), '`max_targets` must be positive, got 0'),
])
def test_bad_options(kwargs, match):
    with pytest.raises(ValueError, match=match):
        DAGObjective(**kwargs)


def literal_weak(boxes, rows, wrong, least, nms_iou):
    """Targets at their wrong class, best first, that none suppresses."""
    probs = [torch.tensor(row).softmax(0).tolist() for row in rows]
    reached = [
        i for i, row in enumerate(rows) if row.index(max(row)) == wrong[i]
    ]
    reached.sort(key=lambda i: -probs[i][wrong[i]])
    kept = []
    for i in reached:
        if all(wrong[i] != wrong[j] or iou(boxes[i], boxes[j]) <= nms_iou
               for j in kept):
            kept.append(i)
    return {i for i in kept if probs[i][wrong[i]] < least}


def test_weakly_wrong_targets_stay_active(scene):
    """The released code's rule, by loops over the noisy image's targets."""
    _, _, clean, noisy = scene
    found = chosen(prepare(DAGObjective(), clean))[0]
    rows = logits_of(noisy, 0, found.boxes)
    true = rows.argmax(1)
    second = rows.topk(2).indices[:, 1]
    # every other target has reached its wrong class
    odd = torch.arange(len(rows)) % 2 == 1
    targets = DAGTargets(found.boxes, torch.where(odd, second, true),
                         torch.where(odd, true, second))
    probs = rows.softmax(1).amax(1)[odd]
    least = float(probs.quantile(0.9))
    objective = DAGObjective(strong_prob=least, strong_nms_iou=0.8)
    weak = literal_weak(found.boxes.tolist(), rows.tolist(),
                        targets.wrong.tolist(), least, 0.8)
    assert 0 < len(weak) < int(odd.sum())
    active = set((~odd).nonzero()[:, 0].tolist()) | weak
    wanted = sum(
        float(rows[i, targets.true[i]] - rows[i, targets.wrong[i]])
        for i in active)
    nothing = DAGTargets(found.boxes[:0], found.true[:0], found.wrong[:0])
    with torch.no_grad():
        value = objective.loss(noisy, [(targets, None), (nothing, None)])
        paper = DAGObjective().loss(noisy, [(targets, None), (nothing, None)])
    assert float(value[0]) == pytest.approx(wanted, rel=1e-4)
    assert float(value[0]) < float(paper[0])  # each adds a negative number
    assert float(value[1]) == 0


@pytest.mark.parametrize(
    'options',
    [dict(strong_prob=1.5), dict(strong_nms_iou=-0.1)])
def test_bad_options_of_the_strong_rule(options):
    with pytest.raises(ValueError, match=rf'`{next(iter(options))}` must be'):
        DAGObjective(**options)
