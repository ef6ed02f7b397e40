"""Structural similarity of two images, differentiable."""
import torch
import torch.nn.functional as F
from torch import Tensor


def gaussian_window(size: int, sigma: float) -> Tensor:
    """Sample a Gaussian and norm it to a sum of 1.

    Args:
        size: Number of samples, odd.
        sigma: Standard deviation in pixels.

    Returns:
        Shape (size, ).
    """
    offsets = torch.arange(size, dtype=torch.float64) - size // 2
    window = torch.exp(-offsets**2 / (2 * sigma**2))
    return window / window.sum()


def ssim(image: Tensor,
         reference: Tensor,
         window_size: int = 11,
         sigma: float = 1.5,
         data_range: float = 1.0,
         k1: float = 0.01,
         k2: float = 0.03,
         padding: bool = True) -> Tensor:
    r"""Mean structural similarity of each image of a batch.

    .. math:: \mathrm{SSIM} = \frac{(2\mu_x\mu_y + C_1)(2\sigma_{xy} + C_2)}
        {(\mu_x^2 + \mu_y^2 + C_1)(\sigma_x^2 + \sigma_y^2 + C_2)}

    Source: Wang et al., 2004, with :math:`C_i = (k_i L)^2`. Differs from it
    in: by default windows that leave the image are kept and see zeros there,
    as PReNet and EfDeRain are trained; ``padding=False`` keeps whole windows
    only, as in the original. Variances are not corrected for the sample.

    Args:
        image: Shape (N, C, H, W).
        reference: Shape (N, C, H, W).
        window_size: Samples of the Gaussian, odd. Defaults to 11.
        sigma: Its standard deviation in pixels. Defaults to 1.5.
        data_range: L, white minus black. Defaults to 1.0.
        k1: Constant of the luminance term. Defaults to 0.01.
        k2: Constant of the contrast term. Defaults to 0.03.
        padding: Whether to keep windows that leave the image. Defaults to
            True.

    Returns:
        Mean over channels and pixels, at most 1. Shape (N, ). At least of
        single precision, also in autocast.

    Raises:
        ValueError: If the shapes differ, or no whole window fits the image.
    """
    if image.shape != reference.shape or image.dim() != 4:
        raise ValueError('image and reference must have one shape (N, C, H, '
                         f'W), but got {tuple(image.shape)} and '
                         f'{tuple(reference.shape)}')
    if not padding and min(image.shape[-2:]) < window_size:
        raise ValueError(f'image must be at least {window_size} pixels high '
                         f'and wide, but got {tuple(image.shape[-2:])}')
    with torch.autocast(image.device.type, enabled=False):
        dtype = torch.promote_types(image.dtype, torch.float32)
        x, y = image.to(dtype), reference.to(dtype)
        maps = torch.cat((x, y, x * x, y * y, x * y), dim=1)
        maps = _blur(maps,
                     gaussian_window(window_size, sigma).to(maps),
                     window_size // 2 if padding else 0)
        mu_x, mu_y, xx, yy, xy = maps.chunk(5, dim=1)
        c1, c2 = (k1 * data_range)**2, (k2 * data_range)**2
        luminance = (2 * mu_x * mu_y + c1) / (mu_x**2 + mu_y**2 + c1)
        contrast = (2 * (xy - mu_x * mu_y) + c2) / (
            xx - mu_x**2 + yy - mu_y**2 + c2)
        return (luminance * contrast).mean(dim=(1, 2, 3))


def _blur(maps: Tensor, window: Tensor, pad: int) -> Tensor:
    """Filter each channel by rows, then by columns."""
    channels = maps.shape[1]
    row = window.view(1, 1, 1, -1).expand(channels, -1, -1, -1)
    column = window.view(1, 1, -1, 1).expand(channels, -1, -1, -1)
    maps = F.conv2d(maps, row, padding=(0, pad), groups=channels)
    return F.conv2d(maps, column, padding=(pad, 0), groups=channels)
