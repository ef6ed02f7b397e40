"""Mean absolute difference and structural similarity as a loss."""

import torch.nn.functional as F
from torch import Tensor, nn

from mmadvrain.registry import MODELS
from .negative_ssim_loss import check_window, negative_ssim_loss


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
        derained (Tensor): RGB. Shape (N, C, H, W).
        clean (Tensor): RGB. Shape (N, C, H, W).
        l1_weight (float): Weight of the mean absolute difference. Defaults to
            1.0.
        ssim_weight (float): Weight of the similarity. Defaults to 0.2.
        window_size (int): As in :func:`negative_ssim_loss`. Defaults to 11.
        sigma (float): As in :func:`negative_ssim_loss`. Defaults to 1.5.
        data_range (float): As in :func:`negative_ssim_loss`. Defaults to 1.0.

    Returns:
        Tensor: A scalar.
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
        l1_weight (float): Weight of the mean absolute difference. Defaults to
            1.0.
        ssim_weight (float): Weight of the similarity; 0 skips it. Defaults to
            0.2.
        window_size (int): Samples of the Gaussian window, odd. Defaults to
            11.
        sigma (float): Its standard deviation in pixels. Defaults to 1.5.
        data_range (float): White minus black. Defaults to 1.0.

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
            derained (Tensor): RGB. Shape (N, C, H, W).
            clean (Tensor): RGB. Shape (N, C, H, W).

        Returns:
            Tensor: A scalar.
        """
        return l1_ssim_loss(derained, clean, self.l1_weight, self.ssim_weight,
                            self.window_size, self.sigma, self.data_range)
