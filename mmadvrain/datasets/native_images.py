import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import torch
from mmcv.transforms import LoadImageFromFile
from mmdet.structures import DetDataSample
from mmengine.dataset import BaseDataset
from mmengine.structures import BaseDataElement, InstanceData
from torch import Tensor
from torch.utils.data import Dataset

from mmadvrain.functional.pixel_space import from_bgr_uint8
from mmadvrain.typing import ImageKey

from .image_header import look_at_header
from .output_names import dataset_names

# what loaders raise at a file that is no image
UNREADABLE = (OSError, ValueError, TypeError, AttributeError, AssertionError,
              cv2.error)


@dataclass
class NativeSample:
    """One image of a data set, before the victim's pipeline.

    Attributes:
        key: The image's id.
        name: Where its results go, relative, without suffix.
        image: RGB in [0, 1], shape (3, H, W). None if it could not be read.
        target: What objectives need to know: of a detector, meta information
            of the network's input, and ground truth in its pixels.
        problems: What was wanted and what came.
        flags: Of the problems, those that can make a number lie.
    """
    key: ImageKey
    name: str
    image: Tensor | None = None
    target: BaseDataElement | None = None
    problems: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)

    @property
    def clean(self) -> Tensor:
        """The image of a sample that could be read.

        Raises:
            ValueError: If it could not; says why.
        """
        if self.image is None:
            raise ValueError(f'{self.name}: {self.problems[-1:]}')
        return self.image


class NativeImages(Dataset):
    """View of a data set as clean images at native resolution.

    Ground truth is taken from the data set itself and scaled by what the
    pipeline did to the image, so it is right wherever the pipeline loads its
    annotations, and the pipeline's own samples stay as they are.

    Args:
        dataset: A test data set of MMDetection, whose pipeline begins with
            loading an image file.
        target_of: Makes the target of an image from the pipeline's meta
            information and the data set's own entry. None is
            :func:`ground_truth` of detection.

    Raises:
        ValueError: If the data set is empty, its pipeline does not begin by
            loading a file, its image files are not there, or two images
            would be stored under one name.
    """

    def __init__(
        self,
        dataset: BaseDataset,
        target_of: Callable[[dict, dict], BaseDataElement] | None = None
    ) -> None:
        self.target_of = target_of or ground_truth
        if not isinstance(dataset, BaseDataset):
            raise ValueError(
                'an attack wants one data set with image files, derived from '
                f'mmengine BaseDataset, but got {type(dataset).__name__}')
        if not len(dataset):
            raise ValueError(
                'the test data set is empty: wanted at least one image of '
                f'{getattr(dataset, "ann_file", "")!r}')
        steps = dataset.pipeline.transforms
        if not steps or not isinstance(steps[0], LoadImageFromFile):
            first = type(steps[0]).__name__ if steps else 'nothing'
            raise ValueError("the test pipeline must begin with loading an "
                             f'image file, but begins with {first}')
        self.dataset = dataset
        infos = [dataset.get_data_info(i) for i in range(len(dataset))]
        self.keys = [info.get('img_id', i) for i, info in enumerate(infos)]
        self.paths = [Path(info['img_path']) for info in infos]
        self.names = dataset_names(dataset)
        self.num_objects = sum(not instance.get('ignore_flag', 0)
                               for info in infos
                               for instance in info['instances']) if all(
                                   'instances' in info
                                   for info in infos) else None
        self._check_files()

    def check_objects(self) -> None:
        """Say so where there is nothing to attack and nothing to score.

        Raises:
            ValueError: If the data set has objects and none of them counts.
        """
        if self.num_objects == 0:
            raise ValueError(
                f'not one object counts in the {len(self)} images of '
                f'{getattr(self.dataset, "ann_file", "")!r}: wanted at least '
                'one of a class of the data set that has an area, lies inside '
                'its image and is no crowd and not ignored')

    def _check_files(self) -> None:
        missing = [str(path) for path in self.paths if not path.is_file()]
        if len(missing) * 2 > len(self.paths):
            raise ValueError(
                'the annotation file does not match the images: '
                f'{len(missing)} of {len(self.paths)} image files are not '
                f'there, the first is {missing[0]}')
        for what, values in (('name', self.names), ('id', self.keys)):
            seen = set()
            for value in values:
                if value in seen:
                    raise ValueError(f'two images of the data set share the '
                                     f'{what} {value!r}: results would '
                                     'overwrite each other')
                seen.add(value)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> NativeSample:
        sample = NativeSample(self.keys[index], self.names[index])
        info = self.dataset.get_data_info(index)
        loader = self.dataset.pipeline.transforms[0]
        header = look_at_header(self.paths[index],
                                getattr(loader, 'color_type', 'color'))
        sample.problems += header.problems
        sample.flags += header.flags
        try:
            loaded = loader(copy.deepcopy(info))
            if loaded is None:
                raise ValueError('the loader returned nothing')
            sample.image = from_bgr_uint8(_whole_levels(loaded['img']))
        except UNREADABLE as error:
            sample.problems.append('wanted an image that can be read, but '
                                   f'{type(error).__name__}: {error}')
            return sample
        try:
            packed = self.dataset.pipeline(copy.deepcopy(info))
            sample.target = self.target_of(packed['data_samples'].metainfo,
                                           info)
        # whatever a transform of others raises, the run goes on
        except Exception as error:
            sample.problems.append(
                'wanted an image that the test pipeline takes, but '
                f'{_pipeline_error(self.dataset, info, error)}')
            sample.image = None
            return sample
        size = (info.get('height'), info.get('width'))
        if None not in size and size != tuple(sample.image.shape[-2:]):
            sample.flags.append('other_size')
            sample.problems.append(
                f'wanted {size[0]}x{size[1]} pixels (height x width), as the '
                'annotations say, but the image has '
                '{}x{}'.format(*sample.image.shape[-2:]))
        return sample


def _whole_levels(image: np.ndarray) -> np.ndarray:
    """Grey levels as 8 bits, where a loader made floats of them."""
    levels = image.astype(np.uint8) if image.dtype.kind == 'f' else image
    return levels if np.array_equal(levels, image) else image


def _pipeline_error(dataset: BaseDataset, info: dict,
                    raised: Exception) -> str:
    """Which step of a pipeline fails on an image, and how."""
    data: dict | None = copy.deepcopy(info)
    for step in dataset.pipeline.transforms:
        try:
            data = step(data)
        # whatever a transform of others raises
        except Exception as error:
            return f'{type(step).__name__} raised {type(error).__name__}: ' \
                f'{error}'
        if data is None:
            return f'{type(step).__name__} returned nothing'
    return f'its annotations raised {type(raised).__name__}: {raised}'


def ground_truth(metainfo: dict, info: dict) -> DetDataSample:
    """Objects of the data set in pixels of the image that a pipeline made.

    Args:
        metainfo: What the pipeline says of the image; the objects are scaled
            by its ``scale_factor``.
        info: The data set's own entry, in pixels of the image file.

    Returns:
        With ``gt_instances`` and ``ignored_instances``.
    """
    target = DetDataSample(metainfo=dict(metainfo))
    scale_w, scale_h = metainfo.get('scale_factor', (1., 1.))
    scale = torch.tensor([scale_w, scale_h, scale_w, scale_h])
    groups: dict[bool, list[dict]] = {False: [], True: []}
    for instance in info.get('instances', []):
        groups[bool(instance.get('ignore_flag', 0))].append(instance)

    def gather(instances: Sequence[dict]) -> InstanceData:
        boxes = torch.tensor([i['bbox'] for i in instances],
                             dtype=torch.float32).reshape(-1, 4)
        labels = torch.tensor([i['bbox_label'] for i in instances],
                              dtype=torch.long)
        return InstanceData(bboxes=boxes * scale, labels=labels)

    target.gt_instances = gather(groups[False])
    target.ignored_instances = gather(groups[True])
    return target


class StoredView(Dataset):
    """A data set whose image files are replaced, pipeline and all else kept.

    Args:
        images: The data set.
        path_of: Gives the file to load in place of an image, from the image's
            index.
        indices: Which images, in order.
    """

    def __init__(self, images: NativeImages, path_of: Callable[[int], Path],
                 indices: Sequence[int]) -> None:
        self.images = images
        self.path_of = path_of
        self.indices = list(indices)

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, position: int) -> dict:
        """What the pipeline makes of the file, or why it makes nothing."""
        index = self.indices[position]
        info = copy.deepcopy(self.images.dataset.get_data_info(index))
        info['img_path'] = str(self.path_of(index))
        try:
            data = self.images.dataset.pipeline(info)
            if data is None:
                raise ValueError('the pipeline returned nothing')
        # whatever a transform of others raises, the run goes on
        except Exception as error:
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
        count: How many. Defaults to 0.
    """
    return InstanceData(
        bboxes=torch.zeros(count, 4),
        scores=torch.zeros(count),
        labels=torch.zeros(count, dtype=torch.long))
