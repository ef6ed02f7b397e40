"""KITTI's 2D protocol, written out slowly, one object after another."""
import math

HEIGHT = dict(easy=40, moderate=25, hard=25)
OCCLUSION = dict(easy=0, moderate=1, hard=2)
TRUNCATION = dict(easy=.15, moderate=.3, hard=.5)
NEIGHBOUR = dict(Car='Van', Pedestrian='Person_sitting')


def common(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return width * height if width > 0 and height > 0 else 0.


def area(box):
    return (box[2] - box[0]) * (box[3] - box[1])


def iou(a, b):
    return common(a, b) / (area(a) + area(b) - common(a, b))


def kind_of_object(obj, name, level):
    """'counts', 'ignored' or 'other'."""
    if obj['name'].lower() == name.lower():
        fits = (
            obj['occluded'] <= OCCLUSION[level]
            and obj['truncated'] <= TRUNCATION[level]
            and obj['bbox'][3] - obj['bbox'][1] > HEIGHT[level])
        return 'counts' if fits else 'ignored'
    same = obj['name'].lower() == NEIGHBOUR.get(name, '').lower()
    return 'ignored' if same else 'other'


def kind_of_detection(det, name, level):
    if det['bbox'][3] - det['bbox'][1] < HEIGHT[level]:
        return 'ignored'
    return 'counts' if det['name'].lower() == name.lower() else 'other'


def first_pass(image, name, level, limit):
    free = [True] * len(image['dets'])
    scores = []
    for obj in image['objects']:
        kind = kind_of_object(obj, name, level)
        if kind == 'other':
            continue
        best = None
        for j, det in enumerate(image['dets']):
            if (not free[j] or kind_of_detection(det, name, level) == 'other'
                    or not iou(det['bbox'], obj['bbox']) > limit):
                continue
            if best is None or det['score'] > image['dets'][best]['score']:
                best = j
        if best is None:
            continue
        free[best] = False
        det = image['dets'][best]
        if kind == 'counts' and kind_of_detection(det, name,
                                                  level) == 'counts':
            scores.append(det['score'])
    return scores


def second_pass(image, name, level, limit, threshold):
    dets = [det for det in image['dets'] if not det['score'] < threshold]
    free = [True] * len(dets)
    kinds = [kind_of_detection(det, name, level) for det in dets]
    right = 0
    for obj in image['objects']:
        kind = kind_of_object(obj, name, level)
        if kind == 'other':
            continue
        best, first_ignored = None, None
        for j, det in enumerate(dets):
            overlap = iou(det['bbox'], obj['bbox'])
            if not free[j] or not overlap > limit:
                continue
            if kinds[j] == 'counts' and (best is None or overlap > iou(
                    dets[best]['bbox'], obj['bbox'])):
                best = j
            if kinds[j] == 'ignored' and first_ignored is None:
                first_ignored = j
        if best is not None:
            free[best] = False
            right += kind == 'counts'
        elif first_ignored is not None:
            free[first_ignored] = False
    wrong = 0
    regions = [
        obj['bbox'] for obj in image['objects'] if obj['name'] == 'DontCare'
    ]
    for det, open_, kind in zip(dets, free, kinds):
        if open_ and kind == 'counts':
            wrong += not any(
                common(det['bbox'], region) / area(det['bbox']) > limit
                for region in regions)
    return right, wrong


def thresholds_of(scores, number):
    scores = sorted(scores, reverse=True)
    chosen, recall = [], 0.
    for i, score in enumerate(scores):
        last = i + 1 == len(scores)
        here = (i + 1) / number
        after = here if last else (i + 2) / number
        if after - recall < recall - here and not last:
            continue
        chosen.append(score)
        recall += 1 / 40.
    return chosen


def literal_ap(images, name, level, limit):
    """(R11, R40, NaN points) of a class at a difficulty."""
    number = sum(
        kind_of_object(obj, name, level) == 'counts' for image in images
        for obj in image['objects'])
    scores = []
    for image in images:
        scores += first_pass(image, name, level, limit)
    precision, undefined = [], 0
    for threshold in thresholds_of(scores, number):
        right = wrong = 0
        for image in images:
            more = second_pass(image, name, level, limit, threshold)
            right, wrong = right + more[0], wrong + more[1]
        if right + wrong == 0:
            undefined += 1
        precision.append(right / (right + wrong) if right + wrong else 0.)
    precision += [0.] * (41 - len(precision))
    precision = [max(precision[i:]) for i in range(41)]
    return (100 * math.fsum(precision[::4]) / 11,
            100 * math.fsum(precision[1:]) / 40, undefined)
