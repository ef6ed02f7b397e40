"""Losses between derained and clean images."""

from .l1_ssim_loss import L1SSIMLoss, l1_ssim_loss
from .negative_ssim_loss import NegativeSSIMLoss, negative_ssim_loss

__all__ = [
    'L1SSIMLoss', 'NegativeSSIMLoss', 'l1_ssim_loss', 'negative_ssim_loss'
]
