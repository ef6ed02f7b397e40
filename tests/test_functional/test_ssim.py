import math

import pytest
import torch
import torch.nn.functional as F
from skimage.metrics import structural_similarity

from mmadvrain.functional.ssim import gaussian_window, ssim


def literal_map(x, y, size=11, sigma=1.5, c1=1e-4, c2=9e-4):
    """SSIM of each window by its definition, zeros outside the image."""
    half = size // 2
    weights = torch.tensor([[
        math.exp(-((i - half)**2 + (j - half)**2) / (2 * sigma**2))
        for j in range(size)
    ] for i in range(size)],
                           dtype=torch.double)
    weights /= weights.sum()
    height, width = x.shape
    x, y = (F.pad(image, (half, ) * 4) for image in (x, y))
    out = torch.zeros(height, width, dtype=torch.double)
    for top in range(height):
        for left in range(width):
            a = x[top:top + size, left:left + size]
            b = y[top:top + size, left:left + size]
            mean_a, mean_b = (weights * a).sum(), (weights * b).sum()
            var_a = (weights * (a - mean_a)**2).sum()
            var_b = (weights * (b - mean_b)**2).sum()
            cov = (weights * (a - mean_a) * (b - mean_b)).sum()
            out[top,
                left] = ((2 * mean_a * mean_b + c1) * (2 * cov + c2) /
                         ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2)))
    return out


@pytest.fixture
def pair():
    generator = torch.Generator().manual_seed(0)
    clean = torch.rand(2, 3, 14, 17, generator=generator, dtype=torch.double)
    noise = torch.randn(clean.shape, generator=generator, dtype=torch.double)
    return clean, (clean + 0.1 * noise).clamp(0, 1)


def test_equals_the_definition(pair):
    clean, noisy = pair
    expected = torch.stack([
        torch.stack([literal_map(a, b) for a, b in zip(x, y)]).mean()
        for x, y in zip(clean, noisy)
    ])
    torch.testing.assert_close(ssim(clean, noisy), expected)
    torch.testing.assert_close(
        ssim(clean * 255, noisy * 255, data_range=255.), expected)


@pytest.mark.parametrize('sigma, size', [(1.5, 11), (1.0, 9)])
def test_without_padding_equals_scikit_image(pair, sigma, size):
    clean, noisy = pair
    expected = [
        structural_similarity(
            x.numpy(),
            y.numpy(),
            channel_axis=0,
            gaussian_weights=True,
            sigma=sigma,
            truncate=(size // 2) / sigma,
            use_sample_covariance=False,
            data_range=1.0) for x, y in zip(clean, noisy)
    ]
    ours = ssim(clean, noisy, size, sigma, padding=False)
    torch.testing.assert_close(ours, torch.tensor(expected).double())


def test_other_constants(pair):
    clean, noisy = pair
    expected = literal_map(clean[0, 0], noisy[0, 0], 5, 1., .03**2, .04**2)
    ours = ssim(clean[:1, :1], noisy[:1, :1], 5, 1., k1=.03, k2=.04)
    torch.testing.assert_close(ours[0], expected.mean())


def test_equal_images_give_one_and_order_does_not_matter(pair):
    clean, noisy = pair
    torch.testing.assert_close(ssim(clean, clean), torch.ones(2).double())
    torch.testing.assert_close(ssim(clean, noisy), ssim(noisy, clean))


def test_gradient(pair):
    clean, noisy = (image[:1, :1, :6, :7] for image in pair)
    assert torch.autograd.gradcheck(lambda x: ssim(x, clean),
                                    noisy.clone().requires_grad_())


def test_autocast_keeps_single_precision(pair):
    clean, noisy = (image.float() for image in pair)
    with torch.autocast('cpu', torch.bfloat16):
        inside = ssim(clean, noisy)
    assert inside.dtype == torch.float32
    assert torch.equal(inside, ssim(clean, noisy))


def test_window_is_a_density():
    window = gaussian_window(11, 1.5)
    torch.testing.assert_close(window.sum(), torch.tensor(1.).double())
    ratio = window[5] / window[6]
    assert ratio.item() == pytest.approx(math.exp(1 / (2 * 1.5**2)))


def test_errors(pair):
    clean, noisy = pair
    with pytest.raises(ValueError, match='one shape'):
        ssim(clean, noisy[..., 1:])
    with pytest.raises(ValueError, match='at least 11 pixels'):
        ssim(clean[..., :8], noisy[..., :8], padding=False)
