"""Masks of a data set's objects, on their way to a detector's input."""
from collections.abc import Sequence
from typing import Any

import numpy as np
from mmdet.datasets.transforms import LoadAnnotations
from mmdet.structures import DetDataSample
from mmdet.structures.mask import BitmapMasks
from mmengine.structures import InstanceData
from pycocotools import mask as coco_mask
from torch import nn

from mmadvrain.functional.resize_pad import ResizePad
from mmadvrain.typing import SizeHW


def wants_masks(model: nn.Module) -> bool:
    """Whether a detector learns from the masks of objects."""
    return any('mask' in name for name, _ in model.named_modules())


def note_outlines(target: DetDataSample, info: dict) -> None:
    """Keep what the annotations say of the masks, compactly, in a target.

    Args:
        target: From :func:`ground_truth`; its objects get ``outlines``,
            polygons or COCO RLE in pixels of the image file, unless one of
            the image has none.
        info: The data set's own entry.
    """
    instances = info.get('instances', [])
    if not all(instance.get('mask') for instance in instances):
        return
    for name, ignored in (('gt_instances', False), ('ignored_instances',
                                                    True)):
        target.get(name).outlines = [
            i['mask'] for i in instances
            if bool(i.get('ignore_flag', 0)) == ignored
        ]


def move_outlines(objects: InstanceData, place: ResizePad,
                  size_hw: SizeHW) -> None:
    """Move masks with an image that is resized and padded.

    Args:
        objects: Theirs; without masks they stay as they are.
        place: What was done to the image.
        size_hw: Height and width of the image before.
    """
    if 'outlines' not in objects:
        return
    resized = _native(objects.outlines, size_hw).resize(place.resized_hw)
    masks = np.zeros((len(resized), *place.canvas_hw), np.uint8)
    (top, left), (height, width) = place.offset, place.resized_hw
    masks[:, top:top + height, left:left + width] = resized.masks
    objects.outlines = [encode_mask(mask) for mask in masks]


def give_masks(sample: DetDataSample, size_hw: SizeHW,
               resized_hw: SizeHW) -> None:
    """Draw the masks of a sample in pixels of the network's input.

    Args:
        sample: Its objects get ``masks`` in place of ``outlines``.
        size_hw: Height and width of the image at native resolution.
        resized_hw: Of the resized image, without padding.
    """
    for name in ('gt_instances', 'ignored_instances'):
        objects = sample.get(name)
        if objects is not None and 'outlines' in objects:
            masks = _native(objects.outlines, size_hw)
            objects.masks = masks.resize(resized_hw).pad(sample.img_shape[:2])
            del objects.outlines


def encode_mask(mask: np.ndarray) -> dict[str, Any]:
    """Mask as COCO RLE that JSON knows.

    Args:
        mask: Zero is outside. Shape (H, W).
    """
    run = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
    return dict(size=list(run['size']), counts=run['counts'].decode())


def _native(outlines: Sequence[Any], size_hw: SizeHW) -> BitmapMasks:
    """Masks at native resolution, as MMDetection's loader draws them."""
    loader = LoadAnnotations(with_bbox=False, with_label=False, with_mask=True)
    results = dict(
        instances=[
            dict(mask=mask, ignore_flag=0, bbox=[0, 0, 0, 0])
            for mask in outlines
        ],
        ori_shape=size_hw)
    masks: BitmapMasks = loader(results)['gt_masks']
    return masks
