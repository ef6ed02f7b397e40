"""Data sets."""
from .kitti_dataset import KittiDataset
from .native_dataset import NativeDataset
from .rain_pair_dataset import RainPairDataset
from .street_scenes_dataset import StreetScenesDataset

__all__ = [
    'KittiDataset', 'NativeDataset', 'RainPairDataset', 'StreetScenesDataset'
]
