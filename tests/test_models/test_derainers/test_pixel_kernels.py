import pytest
import torch

from mmadvrain.models.derainers.pixel_kernels import apply_pixel_kernels


def literal(image, kernels, dilation):
    """Filter one pixel after the other."""
    num, channels, height, width = image.shape
    side = round((kernels.shape[1] / channels)**0.5)
    out = torch.zeros_like(image)
    for n in range(num):
        for c in range(channels):
            for y in range(height):
                for x in range(width):
                    for i in range(side):
                        for j in range(side):
                            yy = y + (i - side // 2) * dilation
                            xx = x + (j - side // 2) * dilation
                            if 0 <= yy < height and 0 <= xx < width:
                                tap = c * side * side + i * side + j
                                out[n, c, y, x] += (
                                    kernels[n, tap, y, x] *
                                    image[n, c, yy, xx])
    return out


@pytest.mark.parametrize('side, dilations', [(3, (1, 2, 4)), (5, (2, )),
                                             (1, (3, ))])
def test_equals_a_loop_over_pixels(side, dilations):
    image = torch.rand(2, 2, 5, 4, dtype=torch.double)
    kernels = torch.randn(2, 2 * side**2, 5, 4, dtype=torch.double)
    out = apply_pixel_kernels(image, kernels, dilations)
    expected = torch.cat([literal(image, kernels, d) for d in dilations], 1)
    torch.testing.assert_close(out, expected)


def test_identity_kernels_return_the_image():
    image = torch.rand(1, 3, 6, 7)
    kernels = torch.zeros(1, 27, 6, 7)
    kernels[:, 4::9] = 1
    out = apply_pixel_kernels(image, kernels, (1, 4))
    assert torch.equal(out, torch.cat((image, image), 1))


def test_gradient():
    image = torch.rand(1, 2, 2, 3, dtype=torch.double, requires_grad=True)
    kernels = torch.randn(1, 18, 2, 3, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda x, k: apply_pixel_kernels(x, k, (1, 2)), (image, kernels))


def test_kernels_of_half_precision_give_the_type_of_the_image():
    image = torch.rand(1, 3, 4, 4)
    kernels = torch.randn(1, 27, 4, 4).bfloat16()
    out = apply_pixel_kernels(image, kernels, (2, ))
    assert out.dtype == torch.float32
    assert torch.equal(out, apply_pixel_kernels(image, kernels.float(), (2, )))


@pytest.mark.parametrize('shape', [(1, 12, 4, 4), (1, 27, 4, 5), (2, 27, 4, 4),
                                   (1, 26, 4, 4)])
def test_kernels_that_do_not_fit(shape):
    with pytest.raises(ValueError, match=r'k \* k.*but got'):
        apply_pixel_kernels(torch.rand(1, 3, 4, 4), torch.rand(shape), (1, ))
