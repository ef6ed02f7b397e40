"""Detections as plain numbers, as they stand in an image's record."""
import torch
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData


def pack_predictions(sample: DetDataSample) -> dict[str, list]:
    """Detections as plain numbers; floats keep every bit."""
    detections = sample.pred_instances
    return dict(
        img_shape=list(sample.img_shape),
        bboxes=detections.bboxes.tolist(),
        scores=detections.scores.tolist(),
        labels=detections.labels.tolist())


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
        return InstanceData(bboxes=bboxes, scores=scores, labels=labels)
    except (LookupError, OverflowError, RuntimeError, TypeError,
            ValueError) as error:
        raise ValueError('a record should hold detections, but: '
                         f'{error}') from error
