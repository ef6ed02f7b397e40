"""Detections as plain numbers, as they stand in an image's record."""
import torch
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData

from .instance_masks import encode_mask
from .segment_maps import pack_map


def pack_predictions(sample: DetDataSample) -> dict[str, list]:
    """Detections as plain numbers; floats keep every bit.

    JSON knows no infinity: infinite boxes get the largest number, so that
    they still hit nothing. Masks become COCO RLE.
    """
    detections = sample.pred_instances
    packed = dict(
        img_shape=list(sample.img_shape),
        bboxes=detections.bboxes.nan_to_num().tolist(),
        scores=detections.scores.nan_to_num().tolist(),
        labels=detections.labels.tolist())
    if 'masks' in detections:
        packed['masks'] = [
            encode_mask(mask) for mask in detections.masks.cpu().numpy()
        ]
    if 'mask_scores' in detections:
        packed['mask_scores'] = detections.mask_scores.tolist()
    if 'pred_panoptic_seg' in sample:
        packed['panoptic'] = pack_map(sample)
    return packed


def unpack_predictions(packed: dict[str, list]) -> InstanceData:
    """Invert :func:`pack_predictions`.

    Raises:
        ValueError: If a record holds something else.
    """
    try:
        bboxes = torch.tensor(
            packed['bboxes'], dtype=torch.float32).reshape(-1, 4)
        scores = torch.tensor(packed['scores'], dtype=torch.float32)
        labels = torch.tensor(packed['labels'], dtype=torch.long)
        if not scores.shape == labels.shape == bboxes.shape[:1]:
            raise ValueError(f'{len(bboxes)} boxes have scores of shape '
                             f'{tuple(scores.shape)} and labels of shape '
                             f'{tuple(labels.shape)}')
        found = InstanceData(bboxes=bboxes, scores=scores, labels=labels)
        if 'masks' in packed:  # metrics take them as they are
            found.masks = packed['masks']
        if 'mask_scores' in packed:
            found.mask_scores = torch.tensor(packed['mask_scores'])
        return found
    except (LookupError, OverflowError, RuntimeError, TypeError,
            ValueError) as error:
        raise ValueError('a record should hold detections, but: '
                         f'{error}') from error
