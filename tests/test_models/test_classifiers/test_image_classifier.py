"""Native images to logits, with everything in the graph."""
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mmadvrain.models.classifiers.image_classifier import ImageClassifier
from mmadvrain.structures.class_data_sample import ClassDataSample


class Pixels(nn.Module):
    """Logits are the pixels of the input."""

    def forward(self, inputs):
        return inputs.flatten(1)


def test_normalisation_by_hand():
    model = ImageClassifier(
        Pixels(), 1, mean=(0.1, 0.2, 0.3), std=(0.5, 0.25, 0.125))
    image = torch.tensor([0.6, 0.7, 0.8]).view(3, 1, 1)
    assert model.logits([image]).tolist()[0] == pytest.approx([1., 2., 4.])


def test_resize_is_bilinear_and_takes_sizes_that_differ():
    model = ImageClassifier(Pixels(), (4, 6))
    images = [torch.rand(3, 8, 12), torch.rand(3, 5, 7)]
    found = model.encode(images)
    assert found.shape == (2, 3, 4, 6)
    # half the size: each new pixel lies between four old ones
    mean = F.avg_pool2d(images[0], 2)
    assert torch.allclose(found[0], mean, atol=1e-6)
    assert torch.equal(found[1], model.encode(images[1:])[0])


def test_crop_is_the_centre_square():
    model = ImageClassifier(Pixels(), 2, crop=0.5)
    image = torch.arange(3 * 4 * 10, dtype=torch.float).view(3, 4, 10)
    assert torch.equal(model.encode([image])[0], image[:, 1:3, 4:6])


def test_gradient_reaches_every_native_pixel():
    model = ImageClassifier(Pixels(), 4, std=(0.5, 0.5, 0.5)).double()
    image = torch.rand(3, 6, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: model.logits([x]), image)
    grad, = torch.autograd.grad(model.logits([image]).sum(), image)
    assert (grad != 0).all()


def test_modes():
    model = ImageClassifier(Pixels(), 1)
    images = [torch.tensor([0.1, 0.9, 0.2]).view(3, 1, 1)]
    samples = [ClassDataSample().set_label(2)]
    assert model(images).shape == (1, 3)
    found = model(images, samples, mode='predict')[0]
    loss = F.cross_entropy(torch.tensor([[0.1, 0.9, 0.2]]), torch.tensor([2]))
    assert int(found.pred_label) == 1
    assert float(found.pred_loss) == pytest.approx(float(loss))
    assert float(model(images, samples,
                       mode='loss')['loss']) == pytest.approx(float(loss))
    assert 'pred_loss' not in model(images, mode='predict')[0]
    with pytest.raises(ValueError, match="'tensor', 'loss' or 'predict'"):
        model(images, mode='other')


def test_the_network_may_know_its_own_numbers():
    network = Pixels()
    network.input_hw, network.mean, network.std = (1, 2), (.5, ) * 3, (2, ) * 3
    model = ImageClassifier(network)
    assert model.input_hw == (1, 2)
    assert model.encode([torch.ones(3, 1, 2)]).unique().tolist() == [0.25]


@pytest.mark.parametrize('options, message', [
    (dict(), '`input_size` must be given'),
    (dict(input_size=0), '`input_size` must be given'),
    (dict(input_size=4, mean=(1, 2)), '`mean` must be three'),
    (dict(input_size=4, std=(1, 0, 1)), '`std` must be three .* positive'),
    (dict(input_size=4, crop=1.5), '`crop` must be None or in'),
])
def test_refuses(options, message):
    with pytest.raises(ValueError, match=message):
        ImageClassifier(Pixels(), **options)


def test_refuses_a_network_without_logits():
    model = ImageClassifier(nn.Identity(), 2)
    with pytest.raises(ValueError, match='logits of shape'):
        model.logits([torch.rand(3, 2, 2)])


class Halving(nn.Module):
    """Takes half of the light, and a little more than there is of red."""
    checkpoint = 'somewhere.pth'

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor([[-0.5], [0.5], [0.5]])[None])

    def forward(self, rainy):
        return rainy * self.scale[..., None]


def test_a_derainer_comes_first_and_passes_the_gradient():
    model = ImageClassifier(
        Pixels(), 1, mean=(0.1, 0.2, 0.3), derainer=Halving())
    image = torch.tensor([0.6, 0.7, 0.8]).view(3, 1, 1).requires_grad_()
    logits = model.logits([image])
    # half of each, and red, which is negative, clipped to 0
    assert logits.tolist()[0] == pytest.approx([-0.1, 0.15, 0.1])
    grad, = torch.autograd.grad(logits.sum(), image)
    assert grad.flatten().tolist() == [0., 0.5, 0.5]
    assert not any(p.requires_grad for p in model.derainer.parameters())


def test_weights_of_a_bare_classifier_leave_the_derainer_as_it_is():
    bare = ImageClassifier(nn.Linear(3, 2), 1)
    model = ImageClassifier(nn.Linear(3, 2), 1, derainer=Halving())
    model.load_state_dict(bare.state_dict())
    assert torch.equal(model.network.weight, bare.network.weight)
    model.derainer.checkpoint = None
    with pytest.raises(RuntimeError, match=r'Missing.*derainer\.scale'):
        model.load_state_dict(bare.state_dict())
