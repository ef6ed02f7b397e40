"""Detections drawn on images."""
from collections.abc import Sequence

import numpy as np
import torch
from mmdet.structures import DetDataSample
from mmdet.visualization import DetLocalVisualizer

from mmadvrain.typing import BgrLevels


def draw_detections(image: BgrLevels, prediction: DetDataSample,
                    classes: Sequence[str] | None,
                    score_thr: float) -> BgrLevels:
    """Draw boxes and masks with MMDetection's own visualizer.

    Args:
        image: To draw on; stays as it is.
        prediction: In pixels of the image.
        classes: Names of the labels.
        score_thr: Least score that is drawn, in [0, 1].
    """
    visualizer = DetLocalVisualizer()
    visualizer.dataset_meta = dict(classes=classes)
    prediction = _drawable(prediction, image)
    visualizer.add_datasample(
        'detections',
        np.ascontiguousarray(image[..., ::-1]),
        prediction,
        draw_gt=False,
        pred_score_thr=score_thr)
    return np.ascontiguousarray(visualizer.get_image()[..., ::-1])


def _drawable(prediction: DetDataSample, image: BgrLevels) -> DetDataSample:
    """Detections with a finite box that covers a part of the image."""
    shown = prediction.clone()
    found = shown.pred_instances
    boxes = found.bboxes
    limit = boxes.new_tensor([*image.shape[1::-1]] * 2)
    inside = torch.minimum(boxes.clamp(min=0), limit)
    keep = torch.isfinite(boxes).all(1) & (inside[:, 2:]
                                           > inside[:, :2]).all(1)
    found.bboxes = inside
    shown.pred_instances = found[keep]
    return shown
