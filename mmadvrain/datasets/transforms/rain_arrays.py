"""Between the arrays of a pipeline and the tensors of the rain."""

import numpy as np
import torch
from torch import Tensor


def as_tensor(image: np.ndarray) -> Tensor:
    """Scale an image to [0, 1], channels first.

    Args:
        image (np.ndarray): RGB, uint8. Shape (H, W, 3).

    Returns:
        Tensor: RGB, float32. Shape (3, H, W).

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
        image (Tensor): RGB in [0, 1]. Shape (3, H, W).

    Returns:
        np.ndarray: RGB, uint8. Shape (H, W, 3).
    """
    levels = (image * 255).round().to(torch.uint8)
    return levels.permute(1, 2, 0).contiguous().numpy()


def check_pair(results: dict, transform: str) -> None:
    """Check that a pipeline has loaded a rainy and a clean image.

    Args:
        results (dict): Of the pipeline.
        transform (str): What needs the images, for the message.

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
        torch.Generator: On the CPU.
    """
    return torch.Generator().manual_seed(np.random.randint(2**31 - 1))
