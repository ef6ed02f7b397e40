"""Deraining networks, and what trains and tests them."""
from .base_derainer import BaseDerainer
from .derain_model import DerainDataPreprocessor, DerainModel
from .deraining_preprocessor import DerainingPreprocessor
from .drsformer import DRSformer
from .efderain import EfDeRain
from .losses import (
    L1SSIMLoss,
    NegativeSSIMLoss,
    l1_ssim_loss,
    negative_ssim_loss,
)
from .mprnet import MPRNet
from .nafnet import NAFNet
from .prenet import PReNet
from .restormer import Restormer

__all__ = [
    'BaseDerainer', 'DRSformer', 'DerainDataPreprocessor', 'DerainModel',
    'DerainingPreprocessor', 'EfDeRain', 'L1SSIMLoss', 'MPRNet', 'NAFNet',
    'NegativeSSIMLoss', 'PReNet', 'Restormer', 'l1_ssim_loss',
    'negative_ssim_loss'
]
