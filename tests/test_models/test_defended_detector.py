"""A derainer in front of a detector, and attacks that go through it."""
import json

import pytest
import torch
from mmdet.apis import init_detector
from mmdet.models import FasterRCNN
from mmengine.config import Config, ConfigDict

from mmadvrain.apis import run_attack
from mmadvrain.functional.pixel_space import from_bgr_levels
from mmadvrain.models import build_defended_detector
from mmadvrain.models.derainers import DerainingPreprocessor, PReNet
from mmadvrain.registry import MODELS, TASK_UTILS
from mmadvrain.testing import (toy_attack, toy_config, toy_faster_rcnn,
                               toy_retinanet, write_toy_coco)
from mmadvrain.utils.checkpoint import load_victim
from mmadvrain.victims import DetectorVictim
from tests.toys import toy_images, trained_detector, trained_weights

LOSS = [dict(type='mmadvrain.DetectorLossObjective')]


@pytest.fixture(scope='module')
def weights(tmp_path_factory):
    """Checkpoint of a small derainer that changes what it sees."""
    torch.manual_seed(0)
    network = PReNet(stages=2, channels=8, blocks=1)
    torch.nn.init.normal_(network.conv[0].weight, std=0.05)
    path = tmp_path_factory.mktemp('derainer') / 'prenet.pth'
    torch.save(network.state_dict(), path)
    return path


@pytest.fixture
def derainer(weights):
    return dict(
        type='mmadvrain.PReNet',
        stages=2,
        channels=8,
        blocks=1,
        checkpoint=str(weights))


@pytest.fixture
def defended(derainer):
    """The trained toy detector behind it, each from its own file."""
    model = MODELS.build(
        ConfigDict(
            type='mmadvrain.DefendedDetector',
            detector=toy_faster_rcnn(),
            derainer=derainer))
    assert load_victim(model, trained_weights()) == ([], [])
    return model.eval()


def test_is_the_detector_behind_its_derainer(defended, weights):
    assert isinstance(defended, FasterRCNN)
    assert isinstance(defended.data_preprocessor, DerainingPreprocessor)
    bare = trained_detector().state_dict()
    for key, value in defended.state_dict().items():
        name = key.removeprefix('data_preprocessor.derainer.')
        known = torch.load(weights)[name] if name != key else bare[key]
        assert torch.equal(value, known), key


def test_equals_derain_then_detect_written_out(defended):
    """From 8 bits, one image: derain in RGB, normalise, detect."""
    bare = trained_detector()
    sample = toy_images()[0]
    levels = (sample.image.flip(0) * 255).round().to(torch.uint8)
    data = dict(inputs=[levels], data_samples=[sample.target])
    seen = defended.data_preprocessor(data, False)['inputs']
    network = defended.data_preprocessor.derainer
    with torch.no_grad():
        derained = network(from_bgr_levels(levels)[None]).clamp(0, 1)
    mean = torch.tensor([120., 115., 105.])[:, None, None]
    std = torch.tensor([58., 57., 56.])[:, None, None]
    wanted = (derained * 255 - mean) / std
    assert torch.allclose(seen, wanted, atol=1e-4)
    assert not torch.allclose(
        seen, bare.data_preprocessor(data, False)['inputs'], atol=0.1)
    assert levels.dtype == data['inputs'][0].dtype == torch.uint8
    with torch.no_grad():
        found = defended.test_step(data)[0].pred_instances
        by_hand = bare.predict(wanted, [sample.target])[0].pred_instances
    assert len(found)
    assert torch.allclose(found.bboxes, by_hand.bboxes, atol=1e-2)


def test_is_the_bare_detector_behind_a_derainer_that_does_nothing(defended):
    for value in defended.data_preprocessor.derainer.conv.parameters():
        torch.nn.init.zeros_(value)  # what is left is the residual
    sample = toy_images()[0]
    data = dict(
        inputs=[sample.image.flip(0) * 255], data_samples=[sample.target])
    bare = trained_detector().data_preprocessor(data, False)['inputs']
    assert torch.allclose(
        defended.data_preprocessor(data, False)['inputs'], bare, atol=1e-4)


def loss_and_gradient(model, sample):
    """Of the detector's own loss, as an adaptive attack computes it."""
    victim = DetectorVictim(model)
    objective = TASK_UTILS.build(LOSS[0])
    generators = [torch.Generator().manual_seed(0)]
    with victim.frozen():
        image = sample.image.clone().requires_grad_()
        state = objective.prepare(None, generators)
        loss = objective.loss(victim.forward([image], [sample.target]), state)
        grad, = torch.autograd.grad(loss.sum(), image)
    return loss.detach(), grad


class Through(torch.autograd.Function):
    """Identity forwards; what comes back is kept."""

    kept: torch.Tensor

    @staticmethod
    def forward(ctx, image):
        return image.clone()

    @staticmethod
    def backward(ctx, grad):
        Through.kept = grad
        return grad


def test_an_attack_is_adaptive(defended, monkeypatch):
    """Its gradient is autograd's through derainer and detector."""
    sample = toy_images()[0]
    _, bare = loss_and_gradient(trained_detector(), sample)
    whole = defended.data_preprocessor.clean
    monkeypatch.setattr(defended.data_preprocessor, 'clean',
                        lambda image: Through.apply(whole(image)))
    _, grad = loss_and_gradient(defended, sample)
    assert grad.abs().sum() > 0
    cosine = torch.cosine_similarity(grad.flatten(), bare.flatten(), dim=0)
    assert cosine < 0.99
    # the detector's part, pulled back through the derainer alone
    image = sample.image.clone().requires_grad_()
    derained = defended.data_preprocessor.derainer(image[None])[0].clamp(0, 1)
    back, = torch.autograd.grad(derained, image, Through.kept.flip(0) * 255)
    assert torch.allclose(grad, back, atol=1e-5 * float(grad.abs().max()))


def test_attacked_and_scored_like_any_detector(derainer, tmp_path):
    write_toy_coco(tmp_path)
    model = dict(
        type='mmadvrain.DefendedDetector',
        detector=toy_faster_rcnn(),
        derainer=derainer)
    metrics = run_attack(
        toy_config(tmp_path, model, toy_attack(3, LOSS)),
        str(trained_weights()),
        cfg_options={'test_dataloader.dataset.indices': 2})
    assert metrics['clean/coco/bbox_mAP_50'] > 0.5
    for path in (tmp_path / 'work_dir/records').glob('*.json'):
        record = json.loads(path.read_text())
        assert record['flags'] == []
        assert min(record['summed_losses']) < record['summed_losses'][0]


def test_one_stage(derainer):
    model = build_defended_detector(toy_retinanet(), derainer).eval()
    load_victim(model, trained_weights('one_stage'))
    _, grad = loss_and_gradient(model, toy_images()[0])
    assert torch.isfinite(grad).all() and grad.any()


def test_preprocessor_in_the_config(derainer, tmp_path):
    """As the configs have it, for tools that look into the model."""
    model = toy_faster_rcnn()
    model['data_preprocessor'] = dict(
        type='mmadvrain.DerainingPreprocessor',
        base=model['data_preprocessor'],
        derainer=derainer)
    config = Config(toy_config(tmp_path, model).to_dict())
    built = init_detector(config, None, palette='random', device='cpu')
    assert built.data_preprocessor.pad_size_divisor == 16
    assert built.data_preprocessor.mean.flatten().tolist() == [
        120., 115., 105.
    ]
    with pytest.raises(AttributeError, match='nothing_of_that_name'):
        built.data_preprocessor.nothing_of_that_name


def test_the_derainer_is_frozen_unless_told(derainer):
    model = build_defended_detector(toy_faster_rcnn(), derainer).train()
    network = model.data_preprocessor.derainer
    assert not network.training and model.backbone.training
    assert not any(p.requires_grad for p in network.parameters())
    model = build_defended_detector(
        toy_faster_rcnn(), derainer, frozen=False).train()
    network = model.data_preprocessor.derainer
    assert network.training
    assert all(p.requires_grad for p in network.parameters())


def test_a_derainer_without_weights_is_refused(derainer):
    derainer.pop('checkpoint')
    model = build_defended_detector(toy_faster_rcnn(), derainer)
    with pytest.raises(ValueError, match='weights for the data_preprocessor'):
        load_victim(model, trained_weights())


def test_own_checkpoint_holds_both(defended, derainer, tmp_path):
    with torch.no_grad():
        defended.data_preprocessor.derainer.conv[0].bias.fill_(0.25)
    torch.save(defended.state_dict(), tmp_path / 'both.pth')
    model = build_defended_detector(toy_faster_rcnn(), derainer)
    assert load_victim(model, tmp_path / 'both.pth') == ([], [])
    bias = model.data_preprocessor.derainer.conv[0].bias
    assert bias.tolist() == [0.25] * 3


def test_a_batch_in_one_tensor(defended):
    samples = [toy_images()[i] for i in (0, 3)]  # both 64 x 96
    images = torch.stack([s.image for s in samples]) * 255
    batch, single = (
        defended.data_preprocessor(
            dict(inputs=inputs, data_samples=[s.target for s in samples]),
            False)['inputs'] for inputs in (list(images), images))
    assert torch.equal(batch, single)


def test_refused(derainer):
    detector = toy_faster_rcnn()
    detector.pop('data_preprocessor')
    with pytest.raises(ValueError, match='config of its `data_preprocessor`'):
        build_defended_detector(detector, derainer)
