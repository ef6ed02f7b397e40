import numpy as np
import pytest
import torch
from skimage.color import rgb2ycbcr

from mmadvrain.functional.colour import rgb_to_y, rgb_to_ycbcr


def test_equals_scikit_image():
    rgb = torch.rand(2, 3, 5, 7, dtype=torch.double)
    expected = rgb2ycbcr(rgb.permute(0, 2, 3, 1).numpy()) / 255
    ours = rgb_to_ycbcr(rgb)
    np.testing.assert_allclose(ours.permute(0, 2, 3, 1), expected, atol=1e-12)
    torch.testing.assert_close(rgb_to_y(rgb), ours[:, :1])


def test_golden_values_of_matlab():
    # rgb2ycbcr([1 1 1; 0 0 0; 1 0 0; 0 0 1]) of MATLAB, times 255
    rgb = torch.tensor([[1., 1, 1], [0, 0, 0], [1, 0, 0], [0, 0, 1]])
    expected = torch.tensor([[235, 128, 128], [16, 128, 128],
                             [81.481, 90.203, 240], [40.966, 240, 109.786]])
    ours = rgb_to_ycbcr(rgb.t().reshape(3, 2, 2)) * 255
    torch.testing.assert_close(ours.reshape(3, 4).t(), expected)


def test_gradient_and_errors():
    rgb = torch.rand(3, 2, 2, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(rgb_to_ycbcr, rgb)
    assert torch.autograd.gradcheck(rgb_to_y, rgb)
    with pytest.raises(ValueError, match=r'\(\.\.\., 3, H, W\), but got'):
        rgb_to_y(torch.rand(2, 4, 4))
    with pytest.raises(TypeError, match='floating point.*uint8'):
        rgb_to_ycbcr(torch.zeros(3, 4, 4, dtype=torch.uint8))
