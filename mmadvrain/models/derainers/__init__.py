"""Deraining networks, and what trains and tests them."""

from .base_derainer import BaseDerainer
from .derain_data_preprocessor import DerainDataPreprocessor
from .derain_model import DerainModel
from .deraining_preprocessor import DerainingPreprocessor
from .efderain import EfDeRain
from .prenet import PReNet

__all__ = [
    'BaseDerainer', 'DerainDataPreprocessor', 'DerainModel',
    'DerainingPreprocessor', 'EfDeRain', 'PReNet'
]
