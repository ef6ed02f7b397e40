"""How near a derainer comes to the clean image."""
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio

from mmadvrain.attacks.objectives import RestorationObjective
from mmadvrain.functional.resize_pad import ResizePad, resize_pad
from mmadvrain.registry import MODELS
from mmadvrain.structures.derain_data_sample import DerainDataSample
from mmadvrain.victims import DerainerVictim


def victim():
    torch.manual_seed(0)
    return DerainerVictim(
        MODELS.build(
            dict(
                type='mmadvrain.DerainModel',
                derainer=dict(
                    type='mmadvrain.PReNet', stages=1, channels=4,
                    blocks=1))).eval())


def scene():
    images = [torch.rand(3, 20, 24), torch.rand(3, 20, 24)]
    targets = [DerainDataSample(clean=torch.rand_like(i)) for i in images]
    return images, targets


def test_it_is_psnr():
    (images, targets), model = scene(), victim()
    with torch.no_grad():
        values = RestorationObjective().loss(
            model.forward(images, targets), None)
        for value, image, target in zip(values, images, targets):
            derained = model.model.derainer(image[None])[0]
            expected = peak_signal_noise_ratio(
                target.clean.numpy(), derained.numpy(), data_range=1)
            assert float(value) == pytest.approx(expected, abs=1e-3)


def test_gradients_reach_the_rainy_image():
    (images, targets), model = scene(), victim()
    leaf = images[0].requires_grad_()
    with model.frozen():
        value = RestorationObjective().loss(
            model.forward([leaf], targets[:1]), None)
        grad, = torch.autograd.grad(value.sum(), leaf)
    assert bool((grad != 0).any(0).all())


def test_a_clean_image_moves_with_the_rainy_one():
    _, (target, _) = scene()
    place = ResizePad((10, 12), (2, 3), (16, 20))
    moved = victim().moved(target, place, (20, 24))
    assert torch.equal(moved.clean, resize_pad(target.clean, place))


def test_anything_else_is_refused():

    class Outputs(list):
        model = torch.nn.Linear(1, 1)

    with pytest.raises(ValueError, match='a derainer, but got Linear'):
        RestorationObjective().loss(Outputs(), None)
