"""PSNR and SSIM of 8-bit-like images, through scikit-image."""

import mmcv
import numpy as np
from scipy.ndimage import uniform_filter
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torch import Tensor

#: Pixels of a side of SSIM's window.
SSIM_WINDOW = 11


def to_grey_levels(image: Tensor, quantise: str | None = 'round') -> Tensor:
    """Turn an image into what is in the file once it is stored.

    Args:
        image: RGB; clipped to [0, 1] first. Shape (3, H, W).
        quantise: ``'round'`` to the nearest of 256 grey levels, ``'truncate'``
            to the next lower, as PReNet's release does, or None for neither.
            Defaults to ``'round'``.

    Returns:
        Double precision, in [0, 1]. Shape (3, H, W).

    Raises:
        ValueError: If there is no such way to quantise.
    """
    image = image.detach().cpu().clamp(0, 1)
    if quantise is None:
        return image.double()
    # in single precision, as an image is stored: level / 255 * 255 is whole
    levels = image.float() * 255
    if quantise == 'round':
        return levels.round().double() / 255
    if quantise == 'truncate':
        return levels.floor().double() / 255
    raise ValueError("quantise must be 'round', 'truncate' or None, but got "
                     f'{quantise!r}')


def to_channels(image: Tensor, space: str) -> np.ndarray:
    """Convert RGB to the channels that are compared.

    Args:
        image: RGB in [0, 1]. Shape (3, H, W).
        space: ``'rgb'``, or ``'y'`` for the luma of BT.601 as MATLAB's
            ``rgb2ycbcr`` gives it for floating point, from 16 to 235.

    Returns:
        In grey levels, [0, 255]. Shape (H, W, 3) or (H, W).

    Raises:
        ValueError: If there is no such space.
    """
    if space == 'rgb':
        return image.permute(1, 2, 0).numpy() * 255
    if space == 'y':
        # mmcv converts in single precision
        rgb = image.permute(1, 2, 0).numpy().astype(np.float32)
        return mmcv.rgb2ycbcr(rgb, y_only=True).astype(np.float64) * 255
    raise ValueError(f"space must be 'rgb' or 'y', but got {space!r}")


def psnr(image: np.ndarray, reference: np.ndarray) -> float:
    """Peak signal-to-noise ratio, mean over channels and pixels first.

    Args:
        image: In grey levels. Shape (H, W) or (H, W, C).
        reference: Likewise.

    Returns:
        In dB for a peak of 255, also for luma; infinite if equal.
    """
    if np.array_equal(image, reference):
        return float('inf')
    return float(peak_signal_noise_ratio(reference, image, data_range=255))


def ssim(image: np.ndarray,
         reference: np.ndarray,
         downsample: bool = False) -> float:
    """Structural similarity with the windows of Wang et al., 2004.

    A Gaussian of 11 pixels, sigma 1.5, whole windows only, variances not
    corrected for the sample, L = 255; mean over channels.

    Args:
        image: In grey levels. Shape (H, W) or (H, W, C).
        reference: Likewise.
        downsample: Whether images are first averaged over and sampled every
            max(1, round(min(H, W) / 256)) pixels, as the authors' ``ssim.m``
            does. Defaults to False.

    Returns:
        From -1 to 1 (equal).

    Raises:
        ValueError: If no whole window fits the image.
    """
    if min(image.shape[:2]) < SSIM_WINDOW:
        raise ValueError(f'SSIM wants images of at least {SSIM_WINDOW} pixels '
                         f'a side, but got {image.shape[1]}x{image.shape[0]} '
                         '(width, height)')
    if downsample:
        factor = max(1, int(min(image.shape[:2]) / 256 + 0.5))
        image, reference = (_shrink(x, factor) for x in (image, reference))
    return float(
        structural_similarity(
            reference,
            image,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=255,
            channel_axis=-1 if image.ndim == 3 else None))


def _shrink(image: np.ndarray, factor: int) -> np.ndarray:
    """Average over squares, mirrored at the border, and sample."""
    if factor == 1:
        return image
    # MATLAB's window of even size reaches one pixel further down than up
    shift = -1 if factor % 2 == 0 else 0
    size = (factor, factor) + (1, ) * (image.ndim - 2)
    origin = (shift, shift) + (0, ) * (image.ndim - 2)
    mean = uniform_filter(image, size, mode='reflect', origin=origin)
    return mean[::factor, ::factor]
