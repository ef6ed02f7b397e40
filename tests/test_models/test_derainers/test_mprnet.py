"""MPRNet's own parts: quarters, halves and one slope."""
import torch
from torch import nn

from mmadvrain.models.derainers.mprnet import MPRNet, join, split


def test_quarters_are_in_reading_order_and_come_back():
    image = torch.arange(2 * 4 * 6.).view(2, 1, 4, 6)
    quarters = split(split(image, rows=2), columns=2)
    assert quarters.shape == (8, 1, 2, 3)
    assert torch.equal(quarters[1], image[0, :, :2, 3:])
    assert torch.equal(quarters[2], image[0, :, 2:, :3])
    assert torch.equal(quarters[4], image[1, :, :2, :3])
    assert torch.equal(join(join(quarters, columns=2), rows=2), image)


def small():
    torch.manual_seed(0)
    return MPRNet(8, 4, 4, blocks=1, reduction=2).eval()


def test_all_blocks_share_one_slope():
    net = small()
    slopes = {id(m) for m in net.modules() if isinstance(m, nn.PReLU)}
    assert len(slopes) == 1
    names = [key for key in net.state_dict() if key.endswith('body.1.weight')]
    assert len(names) > 20


def test_the_first_stage_sees_halves_and_the_second_all():
    net, rainy = small(), torch.rand(1, 3, 16, 16)
    other = rainy.clone()
    other[..., 8:, :] = 0
    with torch.no_grad():
        one, two = net.derain_stages(rainy), net.derain_stages(other)
    above = [(a - b)[..., :8, :].abs().max() for a, b in zip(one, two)]
    assert above[0] == 0 and above[1] > 0 and above[2] > 0
    assert torch.equal(one[-1], net.derain(rainy))


def test_without_weights_every_stage_is_the_rainy_image():
    net, rainy = small(), torch.rand(1, 3, 8, 16)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.zero_()
        for stage in net.derain_stages(rainy):
            assert torch.equal(stage, rainy)
