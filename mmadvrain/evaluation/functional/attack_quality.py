"""How much an attacked image differs from the clean one."""
import functools
import logging
import math
from collections.abc import Callable
from importlib.util import find_spec

import torch
from mmengine.logging import print_log
from torch import Tensor

from mmadvrain.evaluation.functional.image_quality import (
    SSIM_WINDOW,
    lpips_distance,
)
from mmadvrain.functional.ssim import ssim


@torch.no_grad()
def attack_quality(image: Tensor, clean: Tensor) -> dict[str, float]:
    """PSNR, SSIM and, where it is installed, LPIPS on RGB.

    SSIM is that of Wang et al., 2004, on each channel: a Gaussian window of
    11 pixels, whole windows only. LPIPS is version 0.1 with AlexNet.

    Args:
        image: RGB in [0, 1]. Shape (3, H, W).
        clean: Likewise.

    Returns:
        ``psnr`` in dB, infinite where nothing differs; ``ssim``, at most 1,
        left out where the image is smaller than the window; ``lpips``, 0 where
        nothing differs, left out where it is not installed.
    """
    error = float((image - clean).double().square().mean())
    quality = dict(psnr=-10 * math.log10(error) if error else math.inf)
    if min(image.shape[-2:]) >= SSIM_WINDOW:
        quality['ssim'] = float(ssim(image[None], clean[None], padding=False))
    distance = _lpips_if_installed(str(image.device))
    if distance is not None:
        quality['lpips'] = distance(image, clean)
    return quality


@functools.cache
def _lpips_if_installed(
        device: str) -> Callable[[Tensor, Tensor], float] | None:
    """LPIPS; None with a warning where the package is there and of no use."""
    if find_spec('lpips') is None:
        return None
    try:
        return lpips_distance(device=device)
    except (ImportError, OSError, RuntimeError) as error:
        print_log(
            f'lpips is installed but of no use, so LPIPS is left out: {error}',
            logger='current',
            level=logging.WARNING)
        return None
