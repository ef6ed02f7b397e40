"""Negative structural similarity as a loss."""
import torch.nn.functional as F
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
        derained: RGB. Shape (N, C, H, W).
        clean: RGB. Shape (N, C, H, W).
        window_size: Samples of the Gaussian window, odd. Defaults to 11.
        sigma: Its standard deviation in pixels. Defaults to 1.5.
        data_range: White minus black. Defaults to 1.0.

    Returns:
        Mean over the batch, from -1 (equal) to 1. A scalar.
    """
    return -ssim(derained, clean, window_size, sigma, data_range).mean()


def check_window(window_size: int, sigma: float, data_range: float) -> None:
    """Raise if the options of a window make no sense.

    Args:
        window_size: Samples of the window.
        sigma: Standard deviation in pixels.
        data_range: White minus black.

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
        window_size: Samples of the Gaussian window, odd. Defaults to 11.
        sigma: Its standard deviation in pixels. Defaults to 1.5.
        data_range: White minus black. Defaults to 1.0.
        loss_weight: Factor of the loss. Defaults to 1.0.

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
            derained: RGB. Shape (N, C, H, W).
            clean: RGB. Shape (N, C, H, W).

        Returns:
            A scalar.
        """
        return self.loss_weight * negative_ssim_loss(
            derained, clean, self.window_size, self.sigma, self.data_range)


def l1_ssim_loss(derained: Tensor,
                 clean: Tensor,
                 l1_weight: float = 1.0,
                 ssim_weight: float = 0.2,
                 window_size: int = 11,
                 sigma: float = 1.5,
                 data_range: float = 1.0) -> Tensor:
    r"""Weighted sum, :math:`w_1 \lVert D - C \rVert_1 - w_s \mathrm{SSIM}`.

    Source: the loss of EfDeRain (AAAI 2021), versions 3 and 4; versions 1 and
    2 leave the similarity out.

    Args:
        derained: RGB. Shape (N, C, H, W).
        clean: RGB. Shape (N, C, H, W).
        l1_weight: Weight of the mean absolute difference. Defaults to 1.0.
        ssim_weight: Weight of the similarity. Defaults to 0.2.
        window_size: As in :func:`negative_ssim_loss`. Defaults to 11.
        sigma: As in :func:`negative_ssim_loss`. Defaults to 1.5.
        data_range: As in :func:`negative_ssim_loss`. Defaults to 1.0.

    Returns:
        A scalar.
    """
    loss = l1_weight * F.l1_loss(derained, clean)
    if ssim_weight:
        loss = loss + ssim_weight * negative_ssim_loss(
            derained, clean, window_size, sigma, data_range)
    return loss


@MODELS.register_module()
class L1SSIMLoss(nn.Module):
    """L1 and structural similarity, see :func:`l1_ssim_loss`.

    Args:
        l1_weight: Weight of the mean absolute difference. Defaults to 1.0.
        ssim_weight: Weight of the similarity; 0 skips it. Defaults to 0.2.
        window_size: Samples of the Gaussian window, odd. Defaults to 11.
        sigma: Its standard deviation in pixels. Defaults to 1.5.
        data_range: White minus black. Defaults to 1.0.

    Raises:
        ValueError: If an argument is outside the values above, or a weight is
            negative.
    """

    def __init__(self,
                 l1_weight: float = 1.0,
                 ssim_weight: float = 0.2,
                 window_size: int = 11,
                 sigma: float = 1.5,
                 data_range: float = 1.0) -> None:
        if l1_weight < 0 or ssim_weight < 0:
            raise ValueError('weights must not be negative, but got l1_weight='
                             f'{l1_weight} and ssim_weight={ssim_weight}')
        check_window(window_size, sigma, data_range)
        super().__init__()
        self.l1_weight = l1_weight
        self.ssim_weight = ssim_weight
        self.window_size = window_size
        self.sigma = sigma
        self.data_range = data_range

    def forward(self, derained: Tensor, clean: Tensor) -> Tensor:
        """Compare images.

        Args:
            derained: RGB. Shape (N, C, H, W).
            clean: RGB. Shape (N, C, H, W).

        Returns:
            A scalar.
        """
        return l1_ssim_loss(derained, clean, self.l1_weight, self.ssim_weight,
                            self.window_size, self.sigma, self.data_range)
