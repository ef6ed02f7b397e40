"""Slow loops over anchors and proposals, written from the formulas."""
import math

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
