"""Slow loops over anchors and proposals, written from the formulas."""
import math

import torch
from mmdet.structures.bbox import bbox2roi

STRIDES, SCALES = (8, 16), (2., 3.)


def anchors_with_outputs(rpn, index):
    """Anchor box, foreground logit, four offsets and level of each anchor."""
    found = []
    for level, stride in enumerate(STRIDES):
        scores, offsets = rpn[0][level][index], rpn[1][level][index]
        for y in range(scores.shape[1]):
            for x in range(scores.shape[2]):
                for a, scale in enumerate(SCALES):
                    half = scale * stride / 2
                    box = (x * stride - half, y * stride - half,
                           x * stride + half, y * stride + half)
                    delta = [float(v) for v in offsets[4 * a:4 * a + 4, y, x]]
                    found.append((box, float(scores[a, y, x]), delta, level))
    return found


def decode(box, delta):
    """Box that offsets (dx, dy, dw, dh) make of an anchor."""
    width, height = box[2] - box[0], box[3] - box[1]
    x = (box[0] + box[2]) / 2 + delta[0] * width
    y = (box[1] + box[3]) / 2 + delta[1] * height
    limit = abs(math.log(16 / 1000))
    w = width * math.exp(max(-limit, min(limit, delta[2])))
    h = height * math.exp(max(-limit, min(limit, delta[3])))
    return x - w / 2, y - h / 2, x + w / 2, y + h / 2


def iou(a, b):
    """Intersection over union of two boxes."""
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.
    both = w * h
    area = ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]))
    return both / (area - both)


def sigmoid(x):
    """Logistic function."""
    return 1 / (1 + math.exp(-x))


def logits_of(outputs, index, boxes):
    """Second stage, without the objective's own helper."""
    model = outputs.model
    features = tuple(f[index:index + 1] for f in outputs.features)
    with torch.no_grad():
        rois = model.roi_head.bbox_roi_extractor(features, bbox2roi([boxes]))
        return model.roi_head.bbox_head(rois)[0]


def dense_proposals(outputs, index, limit, nms_iou=0.9):
    """Greedy suppression in each level, best first over all of them."""
    height, width = 64, 96
    ranked = []
    for box, logit, delta, level in anchors_with_outputs(outputs.rpn, index):
        x1, y1, x2, y2 = decode(box, delta)
        box = (min(max(x1, 0), width), min(max(y1, 0), height),
               min(max(x2, 0), width), min(max(y2, 0), height))
        if box[2] > box[0] and box[3] > box[1]:
            ranked.append((logit, level, box))
    ranked.sort(key=lambda entry: -entry[0])
    kept = []
    for _, level, box in ranked:
        if all(other_level != level or iou(box, other) <= nms_iou
               for other_level, other in kept):
            kept.append((level, box))
    return [box for _, box in kept[:limit]]


def literal_targets(outputs,
                    index,
                    target,
                    min_iou=0.1,
                    min_prob=0.1,
                    limit=3000):
    """Boxes and true classes of all targets, as a set of rounded tuples."""
    objects = list(
        zip(target.gt_instances.bboxes.tolist(),
            target.gt_instances.labels.tolist()))
    proposals = dense_proposals(outputs, index, limit)
    if not objects:
        return set()
    probs = logits_of(outputs, index, torch.tensor(proposals)).softmax(1)
    found = set()
    for box, prob in zip(proposals, probs.tolist()):
        overlaps = [iou(box, other) for other, _ in objects]
        best = max(range(len(objects)), key=overlaps.__getitem__)
        label = objects[best][1]
        if overlaps[best] > min_iou and prob[label] > min_prob:
            found.add((*(round(v, 2) for v in box), label))
    return found
