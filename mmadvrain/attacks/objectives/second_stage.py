"""What objectives ask of a two-stage detector's second stage."""

from mmdet.structures.bbox import bbox_overlaps
from mmengine.config import ConfigDict
from torch import Tensor

from mmadvrain.victims.detector_outputs import DetectorOutputs


def class_probs(outputs: DetectorOutputs, logits: Tensor) -> Tensor:
    """Probabilities of logits, by softmax where there is a background."""
    classes = outputs.model.roi_head.bbox_head.num_classes
    softmax = logits.shape[1] > classes
    return logits.softmax(1) if softmax else logits.sigmoid()


def dense_proposals(outputs: DetectorOutputs, nms_iou: float,
                    max_proposals: int) -> Tensor:
    """Proposals of one image, more of them than detectors keep.

    Args:
        outputs: Of one image.
        nms_iou: Overlap above which they suppress each other.
        max_proposals: Most that are kept.

    Returns:
        (x1, y1, x2, y2) in pixels of the network's input.
    """
    config = ConfigDict(
        nms_pre=2 * max_proposals,
        max_per_img=max_proposals,
        nms=dict(type='nms', iou_threshold=nms_iou),
        min_bbox_size=0)
    regions, = outputs.model.rpn_head.predict_by_feat(
        *outputs.rpn,
        batch_img_metas=[sample.metainfo for sample in outputs.samples],
        cfg=config,
        rescale=False)
    boxes: Tensor = regions.bboxes
    return boxes


def near_proposals(outputs: DetectorOutputs, proposals: Tensor,
                   min_iou: float) -> tuple[Tensor, Tensor]:
    """Proposals on an object of one image.

    Args:
        outputs: Of one image, with its ground truth.
        proposals: Shape (T, 4).
        min_iou: Least overlap with an object, exclusive.

    Returns:
        Boxes, and the class of the object that each overlaps most.
    """
    objects = outputs.samples[0].gt_instances
    if not len(objects.bboxes) or not len(proposals):
        return proposals[:0], objects.labels.new_zeros(0)
    overlap, match = bbox_overlaps(proposals, objects.bboxes).max(1)
    near = overlap > min_iou
    return proposals[near], objects.labels[match[near]]


def likely_rows(outputs: DetectorOutputs, logits: Tensor, true: Tensor,
                min_prob: float, limit: int | None) -> Tensor:
    """Which proposals give the class of their object some chance.

    Args:
        outputs: Of the detector.
        logits: Shape (T, C).
        true: Shape (T,).
        min_prob: Least probability of the class, exclusive.
        limit: Most that are kept; None keeps all.

    Returns:
        Indices, the most probable first.
    """
    if not len(true):
        return true
    prob = class_probs(outputs, logits).gather(1, true[:, None])[:, 0]
    keep = (prob > min_prob).nonzero()[:, 0]
    return keep[prob[keep].argsort(descending=True, stable=True)][:limit]


def likely_proposals(outputs: DetectorOutputs, proposals: Tensor,
                     min_iou: float, min_prob: float,
                     limit: int | None) -> tuple[Tensor, Tensor]:
    """Those of :func:`near_proposals` that :func:`likely_rows` keeps."""
    proposals, true = near_proposals(outputs, proposals, min_iou)
    if len(proposals):
        keep = likely_rows(outputs, outputs.roi_logits([proposals]), true,
                           min_prob, limit)
        proposals, true = proposals[keep], true[keep]
    return proposals, true
