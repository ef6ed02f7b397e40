"""One forward pass, whoever asks and however often."""
import pytest
import torch

from mmadvrain.attacks.objectives import DetectorLossObjective
from mmadvrain.victims import detector_outputs
from mmadvrain.victims.detector_outputs import DetectorOutputs
from mmadvrain.victims.detector_victim import DetectorVictim
from tests.toys.made_once import toy_images, trained_detector


@pytest.fixture
def outputs():
    images, model = toy_images(), trained_detector()
    victim = DetectorVictim(model)
    samples = [images[0], images[3]]
    leaves = [s.image.clone().requires_grad_() for s in samples]
    with victim.frozen():
        outputs = victim.forward(leaves, [s.target for s in samples])
        outputs.leaves = leaves
        yield outputs


def count_calls(module):
    calls = []
    module.register_forward_hook(lambda *args: calls.append(1))
    return calls


def test_backbone_and_rpn_run_once(outputs):
    backbone = count_calls(outputs.model.backbone)
    head = count_calls(outputs.model.rpn_head.rpn_conv)
    _ = outputs.features, outputs.rpn, outputs.rpn_priors
    outputs.rpn_flat()
    outputs.single(1).rpn_flat()
    outputs.detections()
    with outputs.shared_features() as model:
        model.loss(outputs.inputs, [s.clone() for s in outputs.samples])
    assert len(backbone) == 1
    assert len(head) == 2  # levels


def test_nothing_runs_unless_asked(outputs):
    backbone = count_calls(outputs.model.backbone)
    len(outputs), outputs.samples
    assert not backbone


def test_stages_are_watched_only_when_asked_for(outputs, monkeypatch):
    watched = []
    whole = detector_outputs.watch_stages
    monkeypatch.setattr(detector_outputs, 'watch_stages',
                        lambda *args: watched.append(1) or whole(*args))
    _ = outputs.features, outputs.rpn
    assert not watched
    features = outputs.features
    backbone = count_calls(outputs.model.backbone)
    assert outputs.stages and watched == [1] and len(backbone) == 1
    assert outputs.features is features  # nobody's graph is taken away
    fresh = DetectorOutputs(outputs.model, outputs.inputs, outputs.samples)
    assert fresh.stages and fresh.features and len(backbone) == 2
    assert torch.equal(fresh.single(1).stages[8], outputs.stages[8][1:])


def test_single_is_a_slice(outputs):
    one = outputs.single(1)
    assert len(one) == 1
    assert one.samples[0] is outputs.samples[1]
    for mine, every in zip(one.features, outputs.features):
        assert torch.equal(mine, every[1:])
    outputs.compute_rpn()  # what is there already is sliced too
    again = outputs.single(1)
    assert torch.equal(again.rpn_flat()[0], outputs.rpn_flat()[0][1:])
    # and what is not is the same up to rounding
    torch.testing.assert_close(
        one.rpn_flat()[0], again.rpn_flat()[0], rtol=1e-4, atol=1e-4)


def test_asking_for_detections_first_keeps_the_graph(outputs):
    found = outputs.detections()
    assert not found[0].pred_instances.bboxes.requires_grad
    grad, = torch.autograd.grad(outputs.features[0][0].sum(),
                                outputs.leaves[0])
    assert grad.any()


def test_the_detectors_methods_are_given_back(outputs):
    own = outputs.model.extract_feat
    with pytest.raises(RuntimeError, match='on purpose'):
        with outputs.shared_features() as model:
            assert model.extract_feat(None) is outputs.features
            with outputs.single(0).shared_features() as inner:
                assert len(inner.extract_feat(None)[0]) == 1
            assert model.extract_feat(None) is outputs.features
            raise RuntimeError('on purpose')
    assert outputs.model.extract_feat == own
    assert 'extract_feat' not in vars(outputs.model)


def test_detections_are_in_pixels_of_the_networks_input(outputs):
    pipeline = [
        dict(type='LoadImageFromFile'),
        dict(type='Resize', scale=(192, 192), keep_ratio=True),
        dict(type='PackDetInputs')
    ]
    sample = toy_images(pipeline)[0]
    victim = DetectorVictim(outputs.model)
    with torch.no_grad():
        large = victim.forward([sample.image], [sample.target]).detections()[0]
    native, = victim.predict([sample.image], [sample.target])
    assert len(native.pred_instances)
    torch.testing.assert_close(large.pred_instances.bboxes,
                               2 * native.pred_instances.bboxes)


def test_channels_last_changes_no_loss():
    """MMCV's RoIAlign would read such features in the wrong order."""
    images, model = toy_images(), trained_detector()
    victim, sample = DetectorVictim(model), images[0]
    objective = DetectorLossObjective(('loss_cls', 'loss_bbox'))
    found = []
    for layout in (torch.contiguous_format, torch.channels_last):
        model.to(memory_format=layout)
        with victim.frozen(), torch.no_grad():
            found.append(
                objective.loss(
                    victim.forward([sample.image], [sample.target]),
                    [torch.Generator()]))
    model.to(memory_format=torch.contiguous_format)
    torch.testing.assert_close(*found, rtol=1e-3, atol=1e-4)


def test_gradients_of_cut_features_are_those_of_the_whole(outputs):
    """The sum of losses through the cut is the sum without it."""
    objective = DetectorLossObjective(num_rois=16)

    def loss(outputs):
        states = [torch.Generator().manual_seed(i) for i in range(2)]
        return objective.loss(outputs, states).sum()

    images = outputs.leaves
    wanted = torch.autograd.grad(loss(outputs), images, retain_graph=True)
    outputs = DetectorOutputs(outputs.model, outputs.inputs, outputs.samples)
    whole, leaves = cut = outputs.cut_features()
    assert outputs.features is leaves and len(cut.whole) == 2
    value = loss(outputs)
    past = torch.autograd.grad(
        value, images, retain_graph=True, allow_unused=True)
    assert past == (None, None)
    grads = torch.autograd.grad(value, leaves)
    found = torch.autograd.grad(whole, images, grads)
    for ours, theirs in zip(found, wanted):
        torch.testing.assert_close(
            ours, theirs, rtol=1e-4, atol=1e-6 * float(theirs.abs().max()))


def test_a_backbone_that_is_another_one_in_training_is_not_cut(
        outputs, monkeypatch):
    monkeypatch.setattr(detector_outputs, 'asks_for_mode', lambda part: True)
    assert outputs.cut_features() is None
