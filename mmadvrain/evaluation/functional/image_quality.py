"""PSNR, SSIM and LPIPS of images as they are stored in 8 bit."""
from collections.abc import Callable

import mmcv
import numpy as np
import torch
from scipy.ndimage import uniform_filter
from torch import Tensor

from mmadvrain.functional.ssim import ssim as batch_ssim

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


def to_channels(image: Tensor, space: str) -> Tensor:
    """Convert RGB to the channels that are compared.

    Args:
        image: RGB in [0, 1]. Shape (3, H, W).
        space: ``'rgb'``, or ``'y'`` for the luma of BT.601 as MATLAB's
            ``rgb2ycbcr`` gives it for floating point, from 16 to 235.

    Returns:
        Double precision, in grey levels, [0, 255]. Shape (3, H, W) or (1, H,
        W).

    Raises:
        ValueError: If there is no such space.
    """
    if space == 'rgb':
        return image.double() * 255
    if space == 'y':
        # mmcv converts in single precision
        rgb = image.permute(1, 2, 0).numpy().astype(np.float32)
        luma = mmcv.rgb2ycbcr(rgb, y_only=True)
        return torch.from_numpy(luma)[None].double() * 255
    raise ValueError(f"space must be 'rgb' or 'y', but got {space!r}")


def psnr(image: Tensor, reference: Tensor) -> float:
    """Peak signal-to-noise ratio, mean over channels and pixels first.

    Args:
        image: In grey levels. Shape (C, H, W).
        reference: Likewise.

    Returns:
        In dB for a peak of 255, also for luma; infinite if equal.
    """
    error = (image - reference).square().mean()
    return float(10 * torch.log10(255**2 / error))


def ssim(image: Tensor, reference: Tensor, downsample: bool = False) -> float:
    """Structural similarity with the windows of Wang et al., 2004.

    A Gaussian of 11 pixels, sigma 1.5, whole windows only, variances not
    corrected for the sample, L = 255; mean over channels.

    Args:
        image: In grey levels. Shape (C, H, W).
        reference: Likewise.
        downsample: Whether images are first averaged over and sampled every
            max(1, round(min(H, W) / 256)) pixels, as the authors' ``ssim.m``
            does. Defaults to False.

    Returns:
        From -1 to 1 (equal).

    Raises:
        ValueError: If no whole window fits the image.
    """
    height, width = image.shape[-2:]
    if min(height, width) < SSIM_WINDOW:
        raise ValueError(f'SSIM wants images of at least {SSIM_WINDOW} pixels '
                         f'a side, but got {width}x{height} (width, height)')
    if downsample:
        factor = max(1, int(min(height, width) / 256 + 0.5))
        image, reference = (_shrink(x, factor) for x in (image, reference))
    return float(
        batch_ssim(
            image.double()[None],
            reference.double()[None],
            window_size=SSIM_WINDOW,
            data_range=255,
            padding=False))


def lpips_distance(net: str = 'alex',
                   device: str = 'cpu') -> Callable[[Tensor, Tensor], float]:
    """Build LPIPS, version 0.1, which is an optional package.

    Args:
        net: ``'alex'``, ``'vgg'`` or ``'squeeze'``. Defaults to ``'alex'``.
        device: Where the network runs. Defaults to ``'cpu'``.

    Returns:
        Maps two images, RGB in [0, 1], shape (3, H, W), to their distance.

    Raises:
        ImportError: If the package is not installed.
    """
    try:
        from lpips import LPIPS
    except ImportError as error:
        raise ImportError('LPIPS needs the package lpips: '
                          'pip install lpips') from error
    network = LPIPS(net=net, verbose=False).to(device).eval()

    @torch.no_grad()
    def distance(image: Tensor, reference: Tensor) -> float:
        first, second = (x.float()[None] * 2 - 1 for x in (image, reference))
        return float(network(first, second))

    return distance


def _shrink(image: Tensor, factor: int) -> Tensor:
    """Average over squares, mirrored at the border, and sample."""
    if factor == 1:
        return image
    # MATLAB's window of even size reaches one pixel further down than up
    shift = -1 if factor % 2 == 0 else 0
    mean = uniform_filter(
        image.numpy(), (1, factor, factor),
        mode='reflect',
        origin=(0, shift, shift))
    return torch.from_numpy(mean[:, ::factor, ::factor].copy())
