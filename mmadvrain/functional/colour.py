"""Colour spaces."""
import torch
from torch import Tensor

# rows Y, Cb, Cr of BT.601 for R, G, B in [0, 1], and the offsets, both in
# grey levels of 8 bit
_YCBCR = ((65.481, 128.553, 24.966), (-37.797, -74.203, 112.0),
          (112.0, -93.786, -18.214))
_OFFSETS = (16.0, 128.0, 128.0)


def rgb_to_ycbcr(rgb: Tensor) -> Tensor:
    """Convert RGB to YCbCr of studio range, as MATLAB's ``rgb2ycbcr``.

    Source: ITU-R BT.601. Nothing is rounded, as MATLAB does for floating
    point images.

    Args:
        rgb: In [0, 1]. Shape (..., 3, H, W).

    Returns:
        Y in [16/255, 235/255], Cb and Cr in [16/255, 240/255]. Shape (..., 3,
        H, W).

    Raises:
        ValueError: If there are not three channels.
        TypeError: If the image is not of floating point.
    """
    _check_rgb(rgb)
    matrix = rgb.new_tensor(_YCBCR) / 255
    offsets = rgb.new_tensor(_OFFSETS).view(3, 1, 1) / 255
    return torch.einsum('ij,...jhw->...ihw', matrix, rgb) + offsets


def rgb_to_y(rgb: Tensor) -> Tensor:
    """Convert RGB to the luma of :func:`rgb_to_ycbcr`.

    Args:
        rgb: In [0, 1]. Shape (..., 3, H, W).

    Returns:
        In [16/255, 235/255]. Shape (..., 1, H, W).

    Raises:
        ValueError: If there are not three channels.
        TypeError: If the image is not of floating point.
    """
    _check_rgb(rgb)
    weights = rgb.new_tensor(_YCBCR[0]).view(3, 1, 1) / 255
    return (rgb * weights).sum(dim=-3, keepdim=True) + _OFFSETS[0] / 255


def _check_rgb(rgb: Tensor) -> None:
    """Raise if this is no floating point image of three channels."""
    if not rgb.is_floating_point():
        raise TypeError('rgb must be of floating point, in [0, 1], but got '
                        f'{rgb.dtype}')
    if rgb.dim() < 3 or rgb.shape[-3] != 3:
        raise ValueError('rgb must have shape (..., 3, H, W), but got '
                         f'{tuple(rgb.shape)}')
