"""Data sets."""
from .kitti_dataset import KittiDataset
from .rain_pair_dataset import RainPairDataset
from .street_scenes_dataset import StreetScenesDataset

__all__ = ['KittiDataset', 'RainPairDataset', 'StreetScenesDataset']
