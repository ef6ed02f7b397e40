"""Data sets."""
from .csv_image_dataset import CSVImageDataset
from .image_folder_dataset import ImageFolderDataset
from .kitti_dataset import KittiDataset
from .native_dataset import NativeDataset
from .neurips17_dev_dataset import NeurIPS17DevDataset
from .rain_on_clean import RainOnClean
from .rain_pair_dataset import RainPairDataset
from .street_scenes_dataset import StreetScenesDataset

__all__ = [
    'CSVImageDataset', 'ImageFolderDataset', 'KittiDataset', 'NativeDataset',
    'NeurIPS17DevDataset', 'RainOnClean', 'RainPairDataset',
    'StreetScenesDataset'
]
