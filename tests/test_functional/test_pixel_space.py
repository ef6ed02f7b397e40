"""To the detector's pixels and back, against OpenCV."""
import cv2
import numpy as np
import pytest
import torch

from mmadvrain.functional.pixel_space import (
    from_bgr_levels,
    from_bgr_uint8,
    to_bgr_levels,
    to_bgr_uint8,
    to_network_input,
)


def test_every_level_returns():
    levels = np.arange(256, dtype=np.uint8)
    image = np.stack((levels, levels[::-1], np.roll(levels, 7)), -1)[None]
    tensor = from_bgr_uint8(image)
    assert tensor.dtype == torch.float32 and tensor.shape == (3, 1, 256)
    assert 0 == tensor.min() and tensor.max() == 1
    assert np.array_equal(to_bgr_uint8(tensor), image)
    assert np.array_equal(to_bgr_uint8(tensor.double()), image)


def test_channels_change_places():
    image = np.zeros((1, 2, 3), np.uint8)
    image[0, 1] = (255, 51, 0)  # blue, green, red
    expected = torch.zeros(3, 1, 2)
    expected[:, 0, 1] = torch.tensor([0., 0.2, 1.])
    torch.testing.assert_close(from_bgr_uint8(image), expected)


def test_rounds_to_the_nearest_level():
    image = torch.tensor([0.4999, 0.5001, 99.6, 300.]) / 255
    levels = to_bgr_uint8(image.expand(3, 1, 4))
    assert levels[0, :, 0].tolist() == [0, 1, 100, 255]
    assert to_bgr_uint8(torch.full((3, 1, 1), -0.1)).max() == 0


def test_packed_images_are_the_same_pixels():
    image = np.random.default_rng(0).integers(0, 256, (4, 5, 3), np.uint8)
    packed = torch.from_numpy(image).permute(2, 0, 1)
    rgb = from_bgr_uint8(image)
    assert torch.equal(from_bgr_levels(packed), rgb)
    assert torch.equal(from_bgr_levels(packed.float()), rgb)
    back = to_bgr_levels(rgb, torch.uint8)
    assert back.dtype == torch.uint8 and torch.equal(back, packed)


def test_packed_images_of_floating_type_are_not_rounded():
    rgb = torch.tensor([-0.1, 0.4999 / 255, 99.6 / 255, 1.2]).expand(3, 1, 4)
    levels = to_bgr_levels(rgb, torch.float32)
    torch.testing.assert_close(levels[0, 0],
                               torch.tensor([0., 0.4999, 99.6, 255.]))
    assert to_bgr_levels(rgb, torch.uint8)[0, 0].tolist() == [0, 0, 100, 255]


def test_does_not_write_to_its_input():
    image = np.random.default_rng(0).integers(0, 256, (4, 5, 3), np.uint8)
    kept = image.copy()
    tensor = from_bgr_uint8(image)
    tensor += 1
    assert np.array_equal(image, kept)
    grad = torch.rand(3, 4, 5, requires_grad=True)
    assert to_bgr_uint8(grad).flags['C_CONTIGUOUS']


@pytest.mark.parametrize('image', [
    np.zeros((4, 5), np.uint8),
    np.zeros((4, 5, 4), np.uint8),
    np.zeros((4, 5, 3), np.uint16),
    np.zeros((4, 5, 3), np.float32)
])
def test_other_images_are_refused(image):
    with pytest.raises(ValueError, match='8 bit with three channels.*got'):
        from_bgr_uint8(image)


@pytest.mark.parametrize('resized_hw', [(24, 31), (48, 62), (37, 45),
                                        (100, 80), (7, 90)])
def test_resize_equals_opencv(resized_hw):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (48, 62, 3), np.uint8)
    out = to_network_input(
        from_bgr_uint8(image), resized_hw, resized_hw, (0, 0, 0))
    found = out.permute(1, 2, 0).numpy()
    size_wh = resized_hw[::-1]
    exact = cv2.resize(
        image.astype(np.float32), size_wh, interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(found, exact, atol=1e-2)
    rounded = cv2.resize(image, size_wh, interpolation=cv2.INTER_LINEAR)
    assert np.abs(found - rounded.astype(np.float32)).max() <= 1


def test_same_size_changes_no_level():
    image = np.random.default_rng(1).integers(0, 256, (9, 8, 3), np.uint8)
    out = to_network_input(from_bgr_uint8(image), (9, 8), (9, 8), (1, 2, 3))
    expected = torch.from_numpy(image).permute(2, 0, 1).float()
    torch.testing.assert_close(out, expected, rtol=0, atol=1e-4)


def test_padding_has_its_colour_and_no_gradient():
    image = torch.rand(3, 5, 6, dtype=torch.float64, requires_grad=True)
    pad_value = (114., 7., 250.)
    out = to_network_input(image, (10, 12), (16, 14), pad_value)
    assert out.shape == (3, 16, 14)
    for channel, value in zip(out, pad_value):
        assert (channel[10:] == value).all()
        assert (channel[:, 12:] == value).all()
    inner = to_network_input(image, (10, 12), (10, 12), pad_value)
    torch.testing.assert_close(out[:, :10, :12], inner)
    border, = torch.autograd.grad(
        out[:, 10:].sum() + out[:, :10, 12:].sum(), image, retain_graph=True)
    assert not border.any()
    everything, = torch.autograd.grad(out.sum(), image)
    # twice the size: each pixel is spread over four, times 255
    assert everything.sum().item() == pytest.approx(255 * 10 * 12 * 3)
    assert everything.all()


def test_gradcheck():
    image = torch.rand(3, 4, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda x: to_network_input(x, (3, 7), (4, 8), (1, 2, 3)), image)
