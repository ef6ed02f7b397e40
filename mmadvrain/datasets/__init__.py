"""Data sets."""
from .kitti_dataset import KittiDataset
from .rain_on_clean import RainOnClean
from .rain_pair_dataset import RainPairDataset
from .street_scenes_dataset import StreetScenesDataset

__all__ = [
    'KittiDataset', 'RainOnClean', 'RainPairDataset', 'StreetScenesDataset'
]
