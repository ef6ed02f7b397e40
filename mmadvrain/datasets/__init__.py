"""Data sets."""
from .classification import (
    CSVImageDataset,
    ImageFolderDataset,
    NeurIPS17DevDataset,
)
from .kitti_dataset import KittiDataset
from .rain_on_clean import RainOnClean
from .rain_pair_dataset import RainPairDataset

__all__ = [
    'CSVImageDataset', 'ImageFolderDataset', 'KittiDataset',
    'NeurIPS17DevDataset', 'RainOnClean', 'RainPairDataset'
]
