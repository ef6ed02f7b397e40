import pytest
import torch

from projects.uea.uea.patch_discriminator import PatchDiscriminator


def test_layers_of_pix2pix():
    network = PatchDiscriminator()
    convs = [(m.in_channels, m.out_channels, m.kernel_size[0], m.stride[0],
              m.bias is not None) for m in network.modules()
             if isinstance(m, torch.nn.Conv2d)]
    assert convs == [(3, 64, 4, 2, True), (64, 128, 4, 2, False),
                     (128, 256, 4, 2, False), (256, 512, 4, 1, False),
                     (512, 1, 4, 1, True)]
    norms = [
        m.num_features for m in network.modules()
        if isinstance(m, torch.nn.BatchNorm2d)
    ]
    assert norms == [128, 256, 512]


def test_one_logit_a_patch_of_70_pixels():
    network = PatchDiscriminator(4).eval()
    image = torch.zeros(1, 3, 300, 300, requires_grad=True)
    logits = network(image)
    assert logits.shape == (1, 1, 35, 35)
    logits[0, 0, 17, 17].backward()
    seen = image.grad[0].abs().sum(0).nonzero()
    assert (seen.max(0).values - seen.min(0).values + 1).tolist() == [70, 70]


def test_arguments_are_checked():
    with pytest.raises(ValueError, match='must be positive'):
        PatchDiscriminator(layers=0)
