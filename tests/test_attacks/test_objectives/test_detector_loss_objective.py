"""The objective is minus what the detector itself calls its loss."""
import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmengine.structures import InstanceData

from mmadvrain.attacks.objectives import DetectorLossObjective
from mmadvrain.victims.detector_victim import DetectorVictim
from tests.toys.made_once import toy_images, trained_detector


def drawing(seed=0):
    return torch.Generator().manual_seed(seed)


# what the samplers of the first call are seeded with
FIRST = int(torch.randint(2**32, (), generator=drawing()))


def own_loss(model, images, index, terms=None):
    """Loss of one image through MMDetection's own pipeline and methods."""
    data = model.data_preprocessor(
        pseudo_collate([images.dataset[index]]), False)
    with torch.random.fork_rng([]), torch.no_grad():
        torch.manual_seed(FIRST)
        losses = model(**data, mode='loss')
    if terms is not None:
        losses = {name: losses[name] for name in terms}
    return float(model.parse_losses(losses)[0])


def objective_values(model, images, indices, objective, seed=0):
    victim = DetectorVictim(model)
    samples = [images[i] for i in indices]
    with victim.frozen(), torch.no_grad():
        outputs = victim.forward([s.image for s in samples],
                                 [s.target for s in samples])
        state = objective.prepare(None, [drawing(seed) for _ in samples])
        return objective.loss(outputs, state).tolist()


@pytest.mark.parametrize('kind', ['two_stage', 'one_stage'])
def test_equals_the_detectors_own_loss(kind):
    model, images = trained_detector(kind), toy_images()
    for index in (0, 2, 3):  # 2 has a crowd box, 3 no objects
        value, = objective_values(model, images, [index],
                                  DetectorLossObjective())
        assert value == pytest.approx(
            -own_loss(model, images, index), rel=1e-5)
        assert value < 0


@pytest.mark.parametrize('kind, terms', [
    ('two_stage', ['loss_rpn_cls', 'loss_cls']),
    ('one_stage', ['loss_bbox']),
])
def test_terms_are_chosen_by_name(kind, terms):
    model, images = trained_detector(kind), toy_images()
    value, = objective_values(model, images, [0],
                              DetectorLossObjective(terms=terms))
    wanted = own_loss(model, images, 0, terms)
    assert value == pytest.approx(-wanted, rel=1e-5)
    assert wanted != pytest.approx(own_loss(model, images, 0), rel=1e-3)


def test_an_image_alone_has_the_value_it_has_in_a_batch():
    model, images = trained_detector(), toy_images()
    both = objective_values(model, images, [0, 3], DetectorLossObjective())
    for value, index in zip(both, (0, 3)):
        alone, = objective_values(model, images, [index],
                                  DetectorLossObjective())
        assert alone == pytest.approx(value, rel=1e-5, abs=1e-6)


def test_the_samplers_draw_anew_and_by_the_images_generator_alone():
    """The global random state neither matters nor moves."""
    model, images = trained_detector(), toy_images()
    model.train_cfg.rpn.sampler.num = 8
    model.rpn_head.sampler.num = 8

    def two_steps(seed):
        victim, sample = DetectorVictim(model), images[0]
        objective = DetectorLossObjective()
        state = objective.prepare(None, [drawing(seed)])
        with victim.frozen(), torch.no_grad():
            outputs = victim.forward([sample.image], [sample.target])
            return [float(objective.loss(outputs, state)) for _ in range(2)]

    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = two_steps(0)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(6)
    assert two_steps(0) == first
    assert first[0] != first[1] and two_steps(1) != first


def test_every_object_of_a_crowded_image_has_its_turn():
    """A few RoIs a step: with fixed draws most objects are never looked at."""
    model, images = trained_detector(), toy_images()
    victim, sample = DetectorVictim(model), images[0]
    sampler, looked_at = model.roi_head.bbox_sampler, []
    draw = sampler.sample

    def sample_and_note(*args, **kwargs):
        result = draw(*args, **kwargs)
        looked_at.append(set(result.pos_assigned_gt_inds.tolist()))
        return result

    sampler.sample = sample_and_note
    # 12 objects, of whom each step sees at most one
    boxes = sample.target.gt_instances.bboxes
    crowd = torch.cat([boxes + 3 * i for i in range(6)])
    target = sample.target.clone()
    target.gt_instances = InstanceData(
        bboxes=crowd, labels=torch.zeros(len(crowd), dtype=torch.long))
    objective = DetectorLossObjective(num_rois=2)
    state = objective.prepare(None, [drawing()])
    with victim.frozen(), torch.no_grad():
        outputs = victim.forward([sample.image], [target])
        for _ in range(60):
            objective.loss(outputs, state)
    assert all(len(found) <= 1 for found in looked_at)
    assert len(set.union(*looked_at)) > len(crowd) // 2


def test_samples_are_not_changed():
    model, images = trained_detector(), toy_images()
    victim, sample = DetectorVictim(model), images[0]
    with victim.frozen():
        outputs = victim.forward([sample.image], [sample.target])
        boxes = outputs.samples[0].gt_instances.bboxes.clone()
        labels = outputs.samples[0].gt_instances.labels.clone()
        objective = DetectorLossObjective()
        objective.loss(outputs, [drawing()])
        assert torch.equal(outputs.samples[0].gt_instances.bboxes, boxes)
        assert torch.equal(outputs.samples[0].gt_instances.labels, labels)
        assert labels.any()  # the RPN would have set them to zero


def test_gradient_reaches_the_image():
    model, images = trained_detector('one_stage'), toy_images()
    victim, sample = DetectorVictim(model), images[0]
    leaf = sample.image.clone().requires_grad_()
    with victim.frozen():
        outputs = victim.forward([leaf], [sample.target])
        grad, = torch.autograd.grad(
            DetectorLossObjective().loss(outputs, [drawing()]).sum(), leaf)
    assert grad.abs().max() > 0


def test_unknown_term_names_the_ones_there_are():
    model, images = trained_detector('one_stage'), toy_images()
    with pytest.raises(
            ValueError,
            match=r"RetinaNet has no loss \['loss_rpn"
            r"'\]; it has \['loss_bbox', 'loss_cls'\]"):
        objective_values(model, images, [0],
                         DetectorLossObjective(terms=['loss_rpn']))


def test_no_terms():
    with pytest.raises(ValueError, match='must name a loss, or be None'):
        DetectorLossObjective(terms=[])
