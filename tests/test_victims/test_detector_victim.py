"""The victim's input is what MMDetection's own pipeline makes."""
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmdet.models import DetDataPreprocessor
from mmengine.dataset import pseudo_collate
from torch import nn

from mmadvrain.attacks.iterative_attack import IterativeAttack
from mmadvrain.attacks.objectives import DetectorLossObjective
from mmadvrain.attacks.objectives.rap_objective import RAPObjective
from mmadvrain.functional.pixel_space import from_bgr_uint8, to_bgr_uint8
from mmadvrain.functional.resize_pad import ResizePad, resize_pad
from mmadvrain.perturbations.rain_perturbation import RainPerturbation
from mmadvrain.rain.uniform_factors import UniformFactors
from mmadvrain.victims.detector_victim import DetectorVictim
from tests.toys.made_once import toy_images, trained_detector

LOAD = dict(type='LoadImageFromFile')
PACK = dict(
    type='PackDetInputs',
    meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor'))
# as Faster R-CNN with R-50 does it, and as YOLOX does it
RESIZED = [LOAD, dict(type='Resize', scale=(133, 80), keep_ratio=True), PACK]
PADDED = [
    LOAD,
    dict(type='Resize', scale=(104, 104), keep_ratio=True),
    dict(type='Pad', pad_to_square=True, pad_val=dict(img=(114., 60., 10.))),
    PACK
]
R50 = dict(
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True,
    pad_size_divisor=32)
YOLOX = dict(pad_size_divisor=32)


class Preprocessed(nn.Module):
    """Nothing but a data preprocessor."""

    def __init__(self, **options):
        super().__init__()
        self.data_preprocessor = DetDataPreprocessor(**options)
        self.weight = nn.Parameter(torch.zeros(1))


@pytest.mark.parametrize(
    'pipeline, options, pad_value', [
        (RESIZED, R50, (0, 0, 0)),
        (PADDED, YOLOX, (114., 60., 10.)),
        (PADDED, R50, (114., 60., 10.)),
    ],
    ids=['r50', 'yolox', 'both'])
def test_encode_equals_the_pipeline_up_to_rounding(pipeline, options,
                                                   pad_value):
    images = toy_images(pipeline)
    victim = DetectorVictim(Preprocessed(**options), pad_value)
    spread = torch.tensor(options.get('std', [1.] * 3))[:, None, None]
    for index in range(len(images)):
        data = victim.model.data_preprocessor(
            pseudo_collate([images.dataset[index]]), False)
        sample = images[index]
        inputs, targets = victim.encode([sample.image], [sample.target])
        assert inputs.shape == data['inputs'].shape
        apart = (inputs - data['inputs'])[0] * spread
        assert float(apart.abs().max()) <= 2  # grey levels
        assert float(apart.abs().mean()) < 0.4
        wanted = data['data_samples'][0].metainfo
        for key in ('img_shape', 'batch_input_shape', 'pad_shape'):
            assert targets[0].metainfo[key] == wanted[key]


def test_encode_without_a_resize_is_exact():
    images = toy_images()
    victim = DetectorVictim(Preprocessed(**R50))
    data = victim.model.data_preprocessor(
        pseudo_collate([images.dataset[0]]), False)
    inputs, _ = victim.encode([images[0].image], [images[0].target])
    torch.testing.assert_close(inputs, data['inputs'], rtol=0, atol=1e-6)


def test_padding_has_its_colour_and_no_gradient():
    images = toy_images(PADDED)
    sample = images[0]  # 64 x 96: padded below, by pipeline and divisor
    victim = DetectorVictim(Preprocessed(**YOLOX), (114., 60., 10.))
    leaf = sample.image.clone().requires_grad_()
    inputs, _ = victim.encode([leaf], [sample.target])
    resized_h = round(64 * sample.target.scale_factor[1])
    assert inputs.shape[-2:] == (128, 128) and resized_h == 69
    below = inputs[0, :, resized_h:104, :104]
    torch.testing.assert_close(
        below,
        torch.tensor([114., 60., 10.])[:, None, None].expand_as(below))
    assert not inputs[0, :, 104:].any() and not inputs[0, :, :, 104:].any()
    grad, = torch.autograd.grad(
        inputs[..., resized_h:, :].sum() + inputs[..., 104:].sum(),
        leaf,
        retain_graph=True)
    assert not grad.any()
    grad, = torch.autograd.grad(inputs.sum(), leaf)
    assert (grad > 0).all()  # every pixel of the image counts
    # BGR in [0, 255]: the sum of weights is the sum of the pixels made
    assert float(grad.sum()) == pytest.approx(3 * 69 * 104 * 255, rel=1e-4)


def test_channels_are_not_mixed_up():
    """Red of an RGB image ends where the preprocessor puts red."""
    red = torch.zeros(3, 32, 32)
    red[0] = 1.
    target = toy_images()[5].target
    target.set_metainfo(dict(img_shape=(32, 32), ori_shape=(32, 32)))
    for options, channel in ((YOLOX, 2), (dict(YOLOX, bgr_to_rgb=True), 0)):
        inputs, _ = DetectorVictim(Preprocessed(**options)).encode([red],
                                                                   [target])
        assert inputs[0].mean((1, 2)).argmax() == channel


def test_eight_bits_there_and_back():
    levels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    assert np.array_equal(to_bgr_uint8(from_bgr_uint8(levels)), levels)


def test_groups_share_a_pass_only_at_one_padded_size():
    model = Preprocessed(pad_size_divisor=32)
    sizes = [(60, 90), (64, 96), (64, 90), (65, 90), (33, 70), (64, 65)]
    targets = [SimpleNamespace(img_shape=size) for size in sizes]

    def groups(**kwargs):
        return sorted(DetectorVictim(model, **kwargs).groups(targets))

    assert groups() == [[0], [1], [2], [3], [4], [5]]  # on a CPU
    assert groups(batch_size=9) == [[0, 1, 2, 4, 5], [3]]
    assert groups(batch_size=2) == [[0, 1], [2, 4], [3], [5]]


def test_predictions_are_those_of_the_test_pipeline():
    images, model = toy_images(), trained_detector()
    victim = DetectorVictim(model)
    samples = [images[i] for i in range(len(images))]
    ours = victim.predict([s.image for s in samples],
                          [s.target for s in samples])
    for index, found in enumerate(ours):
        with torch.no_grad():
            theirs = model.test_step(pseudo_collate([images.dataset[index]
                                                     ]))[0]
        a, b = found.pred_instances, theirs.pred_instances
        assert found.img_id == images.keys[index]
        torch.testing.assert_close(a.bboxes, b.bboxes, rtol=1e-4, atol=1e-3)
        torch.testing.assert_close(a.scores, b.scores, rtol=1e-4, atol=1e-5)
        assert torch.equal(a.labels, b.labels)
    assert sum(len(found.pred_instances) for found in ours) > 5


def attack(steps=3, objective=None):
    return IterativeAttack(
        RainPerturbation(init=UniformFactors(density=0.02)),
        [objective or RAPObjective()],
        steps=steps)


def run(attacker, victim, samples):
    return attacker.run(victim, [s.image for s in samples],
                        [s.target for s in samples], [s.key for s in samples])


@pytest.mark.parametrize(
    'objective', [RAPObjective(), DetectorLossObjective()],
    ids=['rap', 'loss'])
def test_a_result_depends_on_no_batch_mate_and_no_order(objective):
    images = toy_images()
    samples = [images[i] for i in range(4)]
    victim, attacker = DetectorVictim(trained_detector()), attack(2, objective)
    together = run(attacker, victim, samples)
    alone = [run(attacker, victim, [sample])[0] for sample in samples]
    turned = run(attacker, victim, samples[::-1])[::-1]
    for other in (alone, turned):
        for a, b in zip(together, other):
            assert torch.equal(a.image, b.image)
            assert a.summed_losses == b.summed_losses
            assert torch.equal(a.params.kernels, b.params.kernels)


def test_a_shared_forward_pass_changes_rounding_only():
    images = toy_images()
    samples = [images[0], images[3]]
    attacker, model = attack(1), trained_detector()
    alone = run(attacker, DetectorVictim(model), samples)
    shared = run(attacker, DetectorVictim(model, batch_size=2), samples)
    for a, b in zip(alone, shared):
        assert a.summed_losses == pytest.approx(b.summed_losses, rel=1e-4)


@pytest.mark.parametrize(
    'kind, objective', [
        ('two_stage', RAPObjective()),
        ('two_stage', DetectorLossObjective()),
        ('one_stage', DetectorLossObjective()),
    ],
    ids=['rap', 'two_stage_loss', 'one_stage_loss'])
def test_the_attack_beats_the_rain_it_began_with(kind, objective):
    images = toy_images()
    sample = images[0]
    result, = run(
        attack(6, objective), DetectorVictim(trained_detector(kind)), [sample])
    assert not result.flags
    assert min(result.summed_losses) < result.summed_losses[0]
    assert result.summed_losses[result.best_step - 1] == min(
        result.summed_losses)


@pytest.mark.parametrize('fails', [False, True])
def test_leaves_no_trace(fails):
    images = toy_images()
    samples = [images[i] for i in range(2)]
    model = trained_detector().train()
    model.backbone.layer1.eval()
    model.neck.lateral_convs[0].conv.weight.requires_grad_(False)
    modes = [m.training for m in model.modules()]
    grads = [p.requires_grad for p in model.parameters()]
    state = {k: v.clone() for k, v in model.state_dict().items()}
    pictures = [s.image.clone() for s in samples]
    boxes = [s.target.gt_instances.bboxes.clone() for s in samples]
    labels = [s.target.gt_instances.labels.clone() for s in samples]
    metas = [dict(s.target.metainfo) for s in samples]
    samplers = [model.rpn_head.sampler.num, model.roi_head.bbox_sampler.num]

    class Failing(DetectorLossObjective):
        calls = 0

        def loss(self, outputs, state):
            self.calls += 1
            value = super().loss(outputs, state)
            if fails and self.calls == 2:
                raise RuntimeError('on purpose')
            return value

    attacker = attack(2, Failing(num_rois=4))
    with torch.no_grad():
        if fails:
            with pytest.raises(RuntimeError, match='on purpose'):
                run(attacker, DetectorVictim(model), samples)
        else:
            run(attacker, DetectorVictim(model), samples)
    assert [m.training for m in model.modules()] == modes
    assert [p.requires_grad for p in model.parameters()] == grads
    assert all(p.grad is None for p in model.parameters())
    for name, value in model.state_dict().items():
        assert torch.equal(value, state[name]), name
    assert 'extract_feat' not in vars(model)
    assert 'forward' not in vars(model.rpn_head)
    assert [model.rpn_head.sampler.num,
            model.roi_head.bbox_sampler.num] == samplers
    for i, sample in enumerate(samples):
        assert torch.equal(sample.image, pictures[i])
        assert torch.equal(sample.target.gt_instances.bboxes, boxes[i])
        assert torch.equal(sample.target.gt_instances.labels, labels[i])
        assert dict(sample.target.metainfo) == metas[i]


def test_bad_batch_size():
    with pytest.raises(ValueError, match='must be None or positive, got 0'):
        DetectorVictim(Preprocessed(), batch_size=0)


@pytest.mark.parametrize('pipeline', [RESIZED, PADDED])
def test_objects_move_with_an_image_that_is_resized_and_padded(pipeline):
    """A mark painted over an object is under its box in the new input."""
    victim = DetectorVictim(Preprocessed(**YOLOX), (0, 0, 0))
    sample = toy_images(pipeline)[0]
    size_hw = tuple(sample.image.shape[-2:])
    scale = sample.target.scale_factor
    box = sample.target.gt_instances.bboxes[0].clone()
    x1, y1, x2, y2 = (box / box.new_tensor(tuple(scale) * 2)).tolist()
    marked = torch.zeros_like(sample.image)
    marked[:, round(y1):round(y2), round(x1):round(x2)] = 1
    place = ResizePad((size_hw[0] + 4, size_hw[1] + 6), (3, 5),
                      (size_hw[0] + 9, size_hw[1] + 14))
    told = victim.moved(sample.target, place, size_hw)
    before, _ = victim.encode([marked], [sample.target])
    inputs, samples = victim.encode([resize_pad(marked, place)], [told])
    assert inputs.shape == before.shape
    assert torch.equal(sample.target.gt_instances.bboxes[0], box)
    lit = (inputs[0, 0] > 191).nonzero()  # the margin is 127
    found = torch.cat(
        (lit.min(0).values.flip(0), lit.max(0).values.flip(0) + 1)).float()
    assert (found - samples[0].gt_instances.bboxes[0]).abs().max() <= 1.5
    assert (samples[0].gt_instances.bboxes[0] - box).abs().max() > 1
