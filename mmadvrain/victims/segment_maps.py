"""Semantic and panoptic maps of a data set and of a detector."""
from pathlib import Path
from typing import Any

import cv2
import mmcv
import numpy as np
import torch
from mmdet.datasets.transforms import LoadAnnotations
from mmdet.structures import DetDataSample
from mmdet.structures.mask import mask2bbox
from mmengine.structures import InstanceData, PixelData
from pycocotools import mask as coco_mask
from torch import Tensor, nn

from mmadvrain.functional.resize_pad import ResizePad
from mmadvrain.typing import SizeHW

from .instance_masks import encode_mask

# what MMDetection makes of pixels of no class, and of objects of one class
VOID, INSTANCE_OFFSET = 255, 1000


def wants_map(model: nn.Module) -> bool:
    """Whether a detector learns from a semantic map."""
    return any(
        name.rsplit('.', 1)[-1] in ('semantic_head', 'panoptic_head')
        for name, _ in model.named_modules())


def note_map(target: DetDataSample, info: dict) -> None:
    """Keep a data set's map in a target, where there is one.

    Args:
        target: From :func:`ground_truth`; gets ``semantic_map``, labels in
            pixels of the image file, and of a panoptic map also the masks of
            its objects as ``outlines``.
        info: The data set's own entry.
    """
    path = info.get('seg_map_path')
    if path is None or not Path(path).is_file():
        return
    if 'segments_info' not in info:
        load = LoadAnnotations(with_bbox=False, with_label=False, with_seg=True)
        target.semantic_map = load(dict(seg_map_path=path))['gt_seg_map']
        return
    # the number of a segment is a colour, red first
    colours = mmcv.imread(path)
    numbers = colours.astype(np.int64) @ np.array([256**2, 256, 1])
    target.semantic_map = np.full(numbers.shape, VOID, np.uint8)
    objects = []
    for segment in info['segments_info']:
        inside = numbers == segment['id']
        target.semantic_map[inside] = segment['category']
        objects += [encode_mask(inside)] if segment['is_thing'] else []
    if len(objects) == len(target.gt_instances):
        target.gt_instances.outlines = objects


def move_map(target: DetDataSample, place: ResizePad) -> None:
    """Move the map of a target with an image that is resized and padded."""
    if 'semantic_map' in target:
        (top, left), (height, width) = place.offset, place.resized_hw
        moved = np.full(place.canvas_hw, VOID, np.uint8)
        moved[top:top + height,
              left:left + width] = _resized(target.semantic_map,
                                            place.resized_hw)
        target.semantic_map = moved


def give_map(sample: DetDataSample, resized_hw: SizeHW,
             labels: Tensor | None) -> None:
    """Give a sample its map in pixels of the network's input.

    Args:
        sample: Gets ``gt_sem_seg`` in place of ``semantic_map``.
        resized_hw: Of the resized image, without padding.
        labels: The detector's labels by the data's; None are the same.
    """
    if 'semantic_map' not in sample:
        return
    found = _resized(sample.semantic_map, resized_hw)
    if labels is not None:
        known = np.full(256, VOID, np.uint8)
        known[:len(labels)] = labels.numpy()
        found = known[found]
    whole = np.full(sample.img_shape[:2], VOID, np.uint8)
    whole[:resized_hw[0], :resized_hw[1]] = found
    del sample.semantic_map
    sample.gt_sem_seg = PixelData(sem_seg=torch.from_numpy(whole)[None])


def _resized(labels: np.ndarray, size_hw: SizeHW) -> np.ndarray:
    """Labels at another size, as MMDetection resizes them."""
    return cv2.resize(
        labels, tuple(size_hw[::-1]), interpolation=cv2.INTER_NEAREST)


def objects_of(sample: DetDataSample, things: int) -> InstanceData:
    """Objects of a panoptic prediction.

    Args:
        sample: With ``pred_panoptic_seg``.
        things: Labels from here on are not of objects.

    Returns:
        ``bboxes``, ``labels``, ``masks``, and ``scores``, which are 1 since a
        panoptic map has none.
    """
    found = sample.pred_panoptic_seg.sem_seg[0]
    segments = [
        value for value in found.unique().tolist()
        if value % INSTANCE_OFFSET < things
    ]
    masks = torch.stack([found == value for value in segments]) if segments \
        else found.new_zeros(0, *found.shape, dtype=torch.bool)
    return InstanceData(
        bboxes=mask2bbox(masks),
        scores=torch.ones(len(masks), device=found.device),
        labels=found.new_tensor(segments, dtype=torch.long) % INSTANCE_OFFSET,
        masks=masks)


def relabel(sample: DetDataSample, back: Tensor, void: int) -> None:
    """Give a panoptic prediction the data's labels.

    Args:
        sample: With ``pred_panoptic_seg``.
        back: The data's label by the detector's; -1 is none.
        void: Label of pixels of no class.
    """
    found = sample.pred_panoptic_seg.sem_seg
    label = found % INSTANCE_OFFSET
    own = back.to(found.device)[label.clamp(max=len(back) - 1).long()]
    own[label >= len(back)] = -1
    sample.pred_panoptic_seg.sem_seg = torch.where(
        own < 0, void, found - label + own).to(found.dtype)


def pack_map(sample: DetDataSample) -> dict[str, Any]:
    """A panoptic prediction as COCO RLE that JSON knows."""
    found = sample.pred_panoptic_seg.sem_seg[0].cpu().numpy()
    values = np.unique(found)
    return dict(
        values=values.tolist(),
        masks=[encode_mask(found == value) for value in values])


def unpack_map(packed: dict[str, Any]) -> PixelData:
    """Invert :func:`pack_map`."""
    found = sum(
        value * torch.from_numpy(coco_mask.decode(mask)).long()
        for value, mask in zip(packed['values'], packed['masks']))
    return PixelData(sem_seg=found[None])


def void_map(size_hw: SizeHW, void: int) -> PixelData:
    """A panoptic prediction of no class anywhere."""
    return PixelData(sem_seg=torch.full((1, *size_hw), void))
