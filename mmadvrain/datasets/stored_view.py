import copy
from typing import Any, Callable, Dict, Sequence

import torch
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData
from torch.utils.data import Dataset

from .native_images import UNREADABLE, NativeImages, ground_truth


class StoredView(Dataset):
    """A data set whose image files are replaced, pipeline and all else kept.

    Args:
        images (NativeImages): The data set.
        path_of (callable): Gives the file to load in place of an image, from
            the image's index.
        indices (sequence[int]): Which images, in order.
    """

    def __init__(self, images: NativeImages, path_of: Callable[[int], Any],
                 indices: Sequence[int]) -> None:
        self.images = images
        self.path_of = path_of
        self.indices = list(indices)

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, position: int) -> Dict[str, Any]:
        """What the pipeline makes of the file, or why it makes nothing."""
        index = self.indices[position]
        info = copy.deepcopy(self.images.dataset.get_data_info(index))
        info['img_path'] = str(self.path_of(index))
        try:
            data = self.images.dataset.pipeline(info)
            if data is None:
                raise ValueError('the pipeline returned nothing')
        except UNREADABLE as error:
            return dict(index=index, error=f'{type(error).__name__}: {error}')
        return data


def empty_prediction(images: NativeImages, index: int) -> DetDataSample:
    """No detections, for an image that could not be read but counts."""
    info = images.dataset.get_data_info(index)
    size_hw = (info.get('height', 1), info.get('width', 1))
    metainfo = dict(
        img_id=images.keys[index],
        img_path=str(images.paths[index]),
        ori_shape=size_hw,
        img_shape=size_hw,
        scale_factor=(1., 1.))
    # the untouched truth that KittiMetric and PascalMetric can read
    metainfo.update((key, info[key])
                    for key in ('instances', 'kitti_annotations')
                    if key in info)
    sample = ground_truth(metainfo, info)
    sample.pred_instances = no_detection()
    return sample


def no_detection(count: int = 0) -> InstanceData:
    """Detections that find nothing: boxes without area, of score 0.

    Args:
        count (int): How many. Defaults to 0.
    """
    return InstanceData(
        bboxes=torch.zeros(count, 4),
        scores=torch.zeros(count),
        labels=torch.zeros(count, dtype=torch.long))
