"""crop_and_resize against a plain loop over its points."""
import numpy as np
import pytest
import torch

from mmadvrain.functional.crop_and_resize import crop_and_resize
from tests.literal_crop import literal_crop

# inside, over each border, outside, a point, and the whole map of 5x7
BOXES = torch.tensor([[0.3, 1.2, 4.9, 3.1], [-1., -0.5, 2., 2.],
                      [3., 2., 8., 4.5], [9., 9., 12., 12.], [2., 3., 2., 3.],
                      [0., 0., 6., 4.]])


def test_equals_a_plain_loop():
    maps = torch.randn(2, 3, 5, 7, generator=torch.Generator().manual_seed(0))
    numbers = torch.tensor([1, 0, 1, 0, 0, 1])
    crops = crop_and_resize(maps, BOXES, numbers, 4)
    assert crops.shape == (6, 3, 4, 4)
    for box, number, crop in zip(BOXES, numbers.tolist(), crops):
        normal = (box / torch.tensor([6., 4., 6., 4.]))[[1, 0, 3, 2]]
        wanted = literal_crop(maps[number].numpy(), normal[None].numpy(), 4)
        np.testing.assert_allclose(crop, wanted[0], atol=1e-5)
    assert not crops[3].any()
    # the corners of the map are its own pixels
    torch.testing.assert_close(crops[5][:, [0, 0, 3, 3], [0, 3, 0, 3]],
                               maps[1][:, [0, 0, 4, 4], [0, 6, 0, 6]])


def test_gradient():
    maps = torch.randn(
        1,
        2,
        4,
        4,
        dtype=torch.float64,
        generator=torch.Generator().manual_seed(0)).requires_grad_()
    boxes = BOXES.double().requires_grad_()
    numbers = torch.zeros(6, dtype=torch.long)
    assert torch.autograd.gradcheck(
        lambda x: crop_and_resize(x, boxes, numbers, 3), maps)
    crop_and_resize(maps, boxes, numbers, 3).sum().backward()
    assert maps.grad.abs().sum() > 0 and boxes.grad is None


def test_coordinates_are_not_rounded_to_half_precision():
    ramp = torch.arange(64.).expand(1, 1, 64, 64)
    boxes = torch.tensor([[40.03, 1., 40.28, 2.]])
    numbers = torch.zeros(1, dtype=torch.long)
    crops = crop_and_resize(ramp.half(), boxes, numbers, 2)
    assert crops.dtype == torch.half
    torch.testing.assert_close(
        crops[0, 0, 0].float(), boxes[0, [0, 2]], atol=0.02, rtol=0)


def test_no_boxes_and_a_map_of_one_pixel():
    none = torch.zeros(0, dtype=torch.long)
    assert crop_and_resize(torch.rand(1, 3, 5, 7), torch.zeros(0, 4), none,
                           2).shape == (0, 3, 2, 2)
    crops = crop_and_resize(
        torch.ones(1, 1, 1, 1), torch.tensor([[0., 0., 1., 0.]]),
        torch.zeros(1, dtype=torch.long), 2)
    assert crops.flatten().tolist() == [1., 0., 1., 0.]


def test_wrong_size():
    with pytest.raises(ValueError, match='size must be at least 2, but got 1'):
        crop_and_resize(
            torch.ones(1, 1, 4, 4), BOXES,
            torch.zeros(6).long(), 1)
