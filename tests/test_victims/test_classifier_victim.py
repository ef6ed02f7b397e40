"""A classifier, as the attack sees it."""
import pytest
import torch
from torch import nn

from mmadvrain.datasets.native_images import NativeImages
from mmadvrain.functional.resize_pad import ResizePad
from mmadvrain.models.classifiers.image_classifier import ImageClassifier
from mmadvrain.models.derainers import DerainingPreprocessor
from mmadvrain.registry import DATASETS
from mmadvrain.structures.class_data_sample import ClassDataSample
from mmadvrain.victims.classifier_victim import ClassifierVictim
from tests.toys.toy_classes import (
    ToyColourNetwork,
    toy_class_config,
    toy_classifier,
    write_toy_classes,
)


def some(count=3):
    generator = torch.Generator().manual_seed(1)
    images = [
        torch.rand(3, 30 + i, 40, generator=generator) for i in range(count)
    ]
    return images, [ClassDataSample().set_label(i % 3) for i in range(count)]


def test_groups_hold_every_image_once():
    _, targets = some(5)
    model = toy_classifier()
    assert ClassifierVictim(model).groups(targets) == [[0], [1], [2], [3], [4]]
    assert ClassifierVictim(model, 2).groups(targets) == [[0, 1], [2, 3], [4]]
    assert ClassifierVictim(model).groups([]) == []


def test_an_image_equals_its_row_in_a_batch():
    images, targets = some()
    victim = ClassifierVictim(toy_classifier())
    with victim.frozen():
        outputs = victim.forward(images, targets)
        for i in range(len(outputs)):
            alone = victim.forward(images[i:i + 1], targets[i:i + 1])
            assert torch.allclose(alone.logits[0], outputs.logits[i])
    assert outputs.labels.tolist() == [0, 1, 2]


def test_predictions_leave_targets_and_model_as_they_were():
    images, targets = some()
    model = toy_classifier().train()
    victim = ClassifierVictim(model, 2)
    before = model.state_dict()['network.norm.running_mean'].clone()
    found = victim.predict(images, targets)
    assert len(found) == 3 and all('pred_label' in one for one in found)
    assert not any('pred_label' in target for target in targets)
    assert model.training
    assert torch.equal(model.state_dict()['network.norm.running_mean'], before)


def test_gradient_by_the_native_pixels():
    images, targets = some(1)
    victim = ClassifierVictim(toy_classifier())
    leaf = images[0].requires_grad_()
    with victim.frozen():
        grad, = torch.autograd.grad(
            victim.forward([leaf], targets).logits[0, 1], leaf)
    assert grad.shape == images[0].shape
    assert grad[1].any() and not grad[::2].any()  # only green moves green


def test_a_class_stays_where_the_image_moves():
    _, targets = some(1)
    place = ResizePad((30, 40), (1, 2), (34, 44))
    victim = ClassifierVictim(toy_classifier())
    assert victim.moved(targets[0], place, (30, 40)) is targets[0]


def test_refuses_a_batch_size():
    with pytest.raises(ValueError, match='None or positive, got 0'):
        ClassifierVictim(toy_classifier(), 0)


class Dimming(nn.Module):
    """A derainer for tests: what it is given, at nine tenths."""

    def forward(self, rainy):
        return 0.9 * rainy


def test_an_attack_behind_a_derainer_is_adaptive():
    images, targets = some(1)
    bare = toy_classifier()
    model = ImageClassifier(ToyColourNetwork(), derainer=Dimming()).eval()

    def gradient(victim, image):
        leaf = image.clone().requires_grad_()
        with victim.frozen():
            logits = victim.forward([leaf], targets).logits
            return logits, *torch.autograd.grad(logits[0, 1], leaf)

    logits, grad = gradient(ClassifierVictim(model), images[0])
    same, inner = gradient(ClassifierVictim(bare), 0.9 * images[0])
    assert torch.allclose(logits, same)
    assert torch.allclose(grad, 0.9 * inner)


def test_a_derainer_in_the_preprocessor_is_refused(tmp_path):
    write_toy_classes(tmp_path, 1)
    dataset = DATASETS.build(
        toy_class_config(tmp_path).test_dataloader.dataset)
    images = NativeImages(dataset, ClassifierVictim.target)
    ClassifierVictim(toy_classifier()).check(images)
    model = toy_classifier()
    model.data_preprocessor = DerainingPreprocessor(model.data_preprocessor,
                                                    Dimming())
    with pytest.raises(
            ValueError,
            match=r'model.derainer.*DerainingPreprocessor give values that '
            r'differ by up to 0\.0\d+ of 1'):
        ClassifierVictim(model).check(images)
