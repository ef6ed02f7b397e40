"""RGB in [0, 1] at native resolution <-> what a detector's pipeline makes.

The only file that knows channel order, value range, resize and the padding
of the test pipeline. Mean, standard deviation and the padding of a batch are
the victim's own data preprocessor's business.
"""
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mmadvrain.typing import SizeHW


def image_hw(image: Tensor) -> SizeHW:
    """Height and width of an image or a batch of shape (..., H, W)."""
    height, width = image.shape[-2:]
    return height, width


def from_bgr_uint8(image: np.ndarray) -> Tensor:
    """Image as OpenCV loads it -> RGB tensor.

    Args:
        image: BGR. Shape (H, W, 3), uint8.

    Returns:
        RGB in [0, 1]. Shape (3, H, W), float32.

    Raises:
        ValueError: If the image is of another type or shape.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(
            'an image must be 8 bit with three channels, (H, W, 3) uint8, but '
            f'got {image.shape} {image.dtype}')
    rgb = np.ascontiguousarray(image[:, :, ::-1].transpose(2, 0, 1))
    return torch.from_numpy(rgb).float() / 255


def to_bgr_uint8(image: Tensor) -> np.ndarray:
    """RGB tensor -> the nearest image that can be stored with 8 bits.

    Args:
        image: RGB in [0, 1]. Shape (3, H, W).

    Returns:
        BGR, rounded, not truncated. Shape (H, W, 3), uint8.
    """
    levels = (image.detach() * 255).round().clamp(0, 255).to(torch.uint8)
    return np.ascontiguousarray(levels.flip(0).permute(1, 2, 0).cpu().numpy())


def from_bgr_levels(image: Tensor) -> Tensor:
    """Image as a pipeline packs it -> RGB tensor.

    Args:
        image: BGR in [0, 255], any type. Shape (3, H, W).

    Returns:
        RGB in [0, 1]. Shape (3, H, W), float32.
    """
    return image.flip(0).float() / 255


def to_bgr_levels(image: Tensor, dtype: torch.dtype) -> Tensor:
    """RGB tensor -> image as a pipeline packs it.

    Args:
        image: RGB in [0, 1]. Shape (3, H, W).
        dtype: Rounded where it holds integers.

    Returns:
        BGR in [0, 255]. Shape (3, H, W).
    """
    levels = image.detach().flip(0).clamp(0, 1) * 255
    return (levels if dtype.is_floating_point else levels.round()).to(dtype)


def to_network_input(image: Tensor, resized_hw: SizeHW, padded_hw: SizeHW,
                     pad_value: Sequence[float]) -> Tensor:
    """The differentiable counterpart of a detector's test pipeline.

    The resize is bilinear without antialiasing, as OpenCV's INTER_LINEAR up
    to its rounding to grey levels.

    Args:
        image: RGB in [0, 1]. Shape (3, H, W).
        resized_hw: Size after the pipeline's resize.
        padded_hw: Size after the pipeline's padding, at the bottom and on the
            right.
        pad_value: BGR in [0, 255] of that padding.

    Returns:
        BGR in [0, 255]. Shape (3, H', W'). Gradient reaches every pixel of
        ``image`` and none of the padding.
    """
    bgr = image.flip(0) * 255
    if tuple(bgr.shape[-2:]) != tuple(resized_hw):
        bgr = F.interpolate(
            bgr[None], size=resized_hw, mode='bilinear',
            align_corners=False)[0]
    if tuple(padded_hw) == tuple(resized_hw):
        return bgr
    border = bgr.new_tensor(list(pad_value))[:, None, None]
    padding = (0, padded_hw[1] - resized_hw[1], 0,
               padded_hw[0] - resized_hw[0])
    return F.pad(bgr - border, padding) + border


def as_tensor(image: np.ndarray) -> Tensor:
    """Scale an image to [0, 1], channels first.

    Args:
        image: RGB, uint8. Shape (H, W, 3).

    Returns:
        RGB, float32. Shape (3, H, W).

    Raises:
        TypeError: If the image is of another type.
    """
    if image.dtype != np.uint8:
        raise TypeError('rain is laid over images of type uint8, but got '
                        f'{image.dtype}')
    pixels = torch.from_numpy(np.ascontiguousarray(image))
    return pixels.permute(2, 0, 1).float() / 255


def as_image(image: Tensor) -> np.ndarray:
    """Round an image to 8 bit, channels last, as a file would hold it.

    Args:
        image: RGB in [0, 1]. Shape (3, H, W).

    Returns:
        RGB, uint8. Shape (H, W, 3).
    """
    levels = (image * 255).round().to(torch.uint8)
    return levels.permute(1, 2, 0).contiguous().numpy()


def check_pair(results: dict, transform: str) -> None:
    """Check that a pipeline has loaded a rainy and a clean image.

    Args:
        results: Of the pipeline.
        transform: What needs the images, for the message.

    Raises:
        KeyError: If one is missing.
    """
    missing = [key for key in ('rainy', 'clean') if key not in results]
    if missing:
        raise KeyError(f'{transform} wants a rainy and a clean image, as '
                       f'LoadRainPair loads them, but {" and ".join(missing)} '
                       f'is not among {sorted(results)}')


def private_draw() -> torch.Generator:
    """Random numbers of one image, seeded from NumPy's, as workers are.

    Returns:
        On the CPU.
    """
    return torch.Generator().manual_seed(np.random.randint(2**31 - 1))
