"""Deraining networks, and what trains and tests them."""
from .base_derainer import BaseDerainer
from .derain_model import DerainDataPreprocessor, DerainModel
from .deraining_preprocessor import DerainingPreprocessor
from .efderain import EfDeRain
from .losses import (
    L1SSIMLoss,
    NegativeSSIMLoss,
    l1_ssim_loss,
    negative_ssim_loss,
)
from .prenet import PReNet

__all__ = [
    'BaseDerainer', 'DerainDataPreprocessor', 'DerainModel',
    'DerainingPreprocessor', 'EfDeRain', 'L1SSIMLoss', 'NegativeSSIMLoss',
    'PReNet', 'l1_ssim_loss', 'negative_ssim_loss'
]
