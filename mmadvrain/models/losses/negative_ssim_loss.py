"""Negative structural similarity as a loss."""

from torch import Tensor, nn

from mmadvrain.functional.ssim import ssim
from mmadvrain.registry import MODELS


def negative_ssim_loss(derained: Tensor,
                       clean: Tensor,
                       window_size: int = 11,
                       sigma: float = 1.5,
                       data_range: float = 1.0) -> Tensor:
    r"""Negative structural similarity, :math:`-\mathrm{SSIM}`.

    Source: the loss of PReNet (CVPR 2019): zeros outside the image, C1 =
    1e-4 and C2 = 9e-4 for images in [0, 1].

    Args:
        derained (Tensor): RGB. Shape (N, C, H, W).
        clean (Tensor): RGB. Shape (N, C, H, W).
        window_size (int): Samples of the Gaussian window, odd. Defaults to
            11.
        sigma (float): Its standard deviation in pixels. Defaults to 1.5.
        data_range (float): White minus black. Defaults to 1.0.

    Returns:
        Tensor: Mean over the batch, from -1 (equal) to 1. A scalar.
    """
    return -ssim(derained, clean, window_size, sigma, data_range).mean()


def check_window(window_size: int, sigma: float, data_range: float) -> None:
    """Raise if the options of a window make no sense.

    Args:
        window_size (int): Samples of the window.
        sigma (float): Standard deviation in pixels.
        data_range (float): White minus black.

    Raises:
        ValueError: If the size is not odd and positive, or the others are
            not positive.
    """
    if window_size < 1 or window_size % 2 == 0:
        raise ValueError('window_size must be odd and positive, but got '
                         f'{window_size}')
    if sigma <= 0 or data_range <= 0:
        raise ValueError('sigma and data_range must be positive, but got '
                         f'{sigma} and {data_range}')


@MODELS.register_module()
class NegativeSSIMLoss(nn.Module):
    """Negative structural similarity, see :func:`negative_ssim_loss`.

    Args:
        window_size (int): Samples of the Gaussian window, odd. Defaults to
            11.
        sigma (float): Its standard deviation in pixels. Defaults to 1.5.
        data_range (float): White minus black. Defaults to 1.0.
        loss_weight (float): Factor of the loss. Defaults to 1.0.

    Raises:
        ValueError: If an argument is outside the values above.
    """

    def __init__(self,
                 window_size: int = 11,
                 sigma: float = 1.5,
                 data_range: float = 1.0,
                 loss_weight: float = 1.0) -> None:
        check_window(window_size, sigma, data_range)
        super().__init__()
        self.window_size = window_size
        self.sigma = sigma
        self.data_range = data_range
        self.loss_weight = loss_weight

    def forward(self, derained: Tensor, clean: Tensor) -> Tensor:
        """Compare images.

        Args:
            derained (Tensor): RGB. Shape (N, C, H, W).
            clean (Tensor): RGB. Shape (N, C, H, W).

        Returns:
            Tensor: A scalar.
        """
        return self.loss_weight * negative_ssim_loss(
            derained, clean, self.window_size, self.sigma, self.data_range)
