"""How much an attacked image differs from the clean one."""
import functools
import importlib
import logging
import math
from collections.abc import Callable
from importlib.util import find_spec

import torch
from mmengine.logging import print_log
from torch import Tensor

from mmadvrain.functional.ssim import ssim

_WINDOW = 11


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
    found = dict(psnr=-10 * math.log10(error) if error else math.inf)
    if min(image.shape[-2:]) >= _WINDOW:
        found['ssim'] = float(ssim(image[None], clean[None], padding=False))
    distance = lpips_network(str(image.device))
    if distance is not None:
        found['lpips'] = float(
            distance(image[None] * 2 - 1, clean[None] * 2 - 1))
    return found


@functools.cache
def lpips_network(device: str) -> Callable[[Tensor, Tensor], Tensor] | None:
    """The LPIPS network, where the package and its weights are there.

    Args:
        device: Where it runs.

    Returns:
        Of two batches in [-1, 1]. None, with a warning where the package is
        there and of no use.
    """
    if find_spec('lpips') is None:
        return None
    try:
        network = importlib.import_module('lpips').LPIPS(
            net='alex', verbose=False)
    except (ImportError, OSError, RuntimeError) as error:
        print_log(
            f'lpips is installed but of no use, so LPIPS is left out: {error}',
            logger='current',
            level=logging.WARNING)
        return None
    return network.to(device).eval()
