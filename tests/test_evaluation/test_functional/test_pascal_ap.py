"""VOC's rule by hand, written out literally, and against mmdet."""
from multiprocessing.pool import ThreadPool

import numpy as np
import pytest

from mmadvrain.evaluation.functional.pascal_ap import (
    area_ap,
    eleven_point_ap,
    pascal_ap,
)


def literal_voc(dets, gts, label, thr, plus):
    """The development kit's evaluation of one class, line by line."""
    number = 0
    taken = []
    for gt in gts:
        taken.append([False] * len(gt['labels']))
        for of, ignored, region in zip(gt['labels'], gt['ignored'],
                                       gt['regions']):
            number += of == label and not ignored and not region
    queue = []
    for image, det in enumerate(dets):
        for box, score, of in zip(det['bboxes'], det['scores'], det['labels']):
            if of == label:
                queue.append((score, image, box))
    queue = sorted(queue, key=lambda entry: -entry[0])  # stable
    right, wrong = [], []
    for _, image, box in queue:
        gt = gts[image]
        best, which = -1., None
        covered = 0.
        own = (box[2] - box[0] + plus) * (box[3] - box[1] + plus)
        for j, other in enumerate(gt['bboxes']):
            width = min(box[2], other[2]) - max(box[0], other[0]) + plus
            height = min(box[3], other[3]) - max(box[1], other[1]) + plus
            both = width * height if width > 0 and height > 0 else 0.
            if gt['regions'][j]:
                if gt['labels'][j] in (label, -1):
                    covered = max(covered, both / own if both else 0.)
                continue
            if gt['labels'][j] != label:
                continue
            area = (other[2] - other[0] + plus) * (other[3] - other[1] + plus)
            overlap = both / (own + area - both)
            if overlap > best:
                best, which = overlap, j

        hit = miss = 0
        if which is not None and best >= thr:
            if not gt['ignored'][which]:
                hit = int(not taken[image][which])
                miss = 1 - hit
                taken[image][which] = True
        else:
            miss = 1
        if miss and covered >= thr:
            miss = 0
        right.append(hit)
        wrong.append(miss)
    if number == 0:
        return float('nan'), float('nan')
    right, wrong = np.cumsum(right), np.cumsum(wrong)
    recall = right / number
    precision = right / np.maximum(right + wrong, 1e-12)
    eleven = 0.
    for point in np.arange(0., 1.1, .1):
        there = precision[recall >= point]
        eleven += (there.max() if there.size else 0.) / 11
    mrec = [0., *recall, 1.]
    mpre = [0., *precision, 0.]
    for i in range(len(mpre) - 2, -1, -1):
        mpre[i] = max(mpre[i], mpre[i + 1])
    area = sum(
        (mrec[i + 1] - mrec[i]) * mpre[i + 1] for i in range(len(mrec) - 1))
    return area, eleven


def truth(boxes, labels=None, ignored=None, regions=None):
    num = len(boxes)
    return dict(
        bboxes=np.array(boxes, float).reshape(-1, 4),
        labels=np.array([0] * num if labels is None else labels, int),
        ignored=np.array([False] * num if ignored is None else ignored, bool),
        regions=np.array([False] * num if regions is None else regions, bool))


def found(boxes, scores, labels=None):
    return dict(
        bboxes=np.array(boxes, float).reshape(-1, 4),
        scores=np.array(scores, float),
        labels=np.array([0] * len(boxes) if labels is None else labels, int))


def single(det, gt, thr=.5, **kwargs):
    return pascal_ap([det], [gt], 1, [thr], **kwargs)[thr][0]


def test_curve_by_hand():
    # right, wrong, right, wrong, right; four objects
    recall = np.array([.25, .25, .5, .5, .75])
    precision = np.array([1, 1 / 2, 2 / 3, 2 / 4, 3 / 5])
    assert area_ap(recall, precision) == pytest.approx(.25 * 1 + .25 * 2 / 3 +
                                                       .25 * 3 / 5)
    # recalls 0, .1, .2 | .3, .4, .5 | .6, .7 | .8, .9, 1
    assert eleven_point_ap(recall, precision) == pytest.approx(
        (3 * 1 + 3 * 2 / 3 + 2 * 3 / 5) / 11)


def test_eleven_points_are_the_floats_of_the_kit():
    # 3/10 is below 3 * 0.1, so the recall of 0.3 does not reach its point
    assert 3 / 10 < 3 * .1
    recall = np.array([.1, .2, 3 / 10])
    assert eleven_point_ap(recall, np.ones(3)) == pytest.approx(3 / 11)


def test_a_second_detection_of_an_object_is_wrong():
    box = [0, 0, 100, 100]
    other = [0, 0, 100, 98]
    result = single(found([box, other], [.9, .8]), truth([box, other]))
    assert result.area == 1
    # both fit the first object best: the second one is wrong, although the
    # other object is free
    near = [0, 0, 100, 99.5]
    result = single(found([box, near], [.9, .8]), truth([box, other]))
    assert result.precision.tolist() == [1, .5]
    assert result.area == .5


@pytest.mark.parametrize('width, plus, right', [(50, 0, True), (49, 0, False),
                                                (50, 1, True)])
def test_exactly_the_threshold(width, plus, right):
    # 50 of 100 is 0.5; with +1 it is 51 of 101
    result = single(
        found([[0, 0, width, 100]], [.9]),
        truth([[0, 0, 100, 100]]),
        plus=plus)
    assert result.precision.tolist() == [float(right)]


def test_difficult_objects_count_neither_way():
    boxes = [[0, 0, 100, 100], [200, 0, 300, 100]]
    gt = truth(boxes, ignored=[True, False])
    result = single(found(boxes, [.9, .8]), gt)
    assert result.num_objects == 1
    assert result.precision.tolist() == [0, 1]
    assert result.area == 1
    # a second box on the difficult object is not wrong either
    result = single(found([boxes[0], boxes[0], boxes[1]], [.9, .8, .7]), gt)
    assert result.area == 1


@pytest.mark.parametrize('label, area', [(0, 1), (-1, 1),
                                         (1, 2 / 3 * .5 + .5)])
def test_regions_swallow_wrong_detections(label, area):
    # right at .9, inside the region at .8, right at .7
    boxes = [[0, 0, 100, 100], [200, 0, 300, 100]]
    gt = truth(boxes + [[500, 0, 900, 400]], [0, 0, label],
               [False, False, True], [False, False, True])
    det = found([boxes[0], [520, 20, 560, 60], boxes[1]], [.9, .8, .7])
    result = pascal_ap([det], [gt], 2, [.5])[.5][0]
    assert result.num_objects == 2
    assert result.area == pytest.approx(area)


def test_a_match_inside_a_region_is_right():
    box = [0, 0, 100, 100]
    gt = truth([box, [0, 0, 500, 500]],
               ignored=[False, True],
               regions=[False, True])
    result = single(found([box], [.9]), gt)
    assert result.area == 1


def test_a_region_is_no_object_that_could_be_overlapped_most():
    gt = truth([[0, 0, 100, 100], [0, 0, 100, 80]],
               ignored=[False, True],
               regions=[False, True])
    # overlaps 0.75 and 0.94
    result = single(found([[0, 0, 100, 75]], [.9]), gt)
    assert result.area == 1


def test_nothing():
    nothing = found([], [])
    assert single(nothing, truth([[0, 0, 9, 9]])).area == 0
    assert single(nothing, truth([[0, 0, 9, 9]])).eleven_point == 0
    assert np.isnan(single(nothing, truth([])).area)
    assert np.isnan(single(found([[0, 0, 9, 9]], [.5]), truth([])).area)
    assert np.isnan(pascal_ap([], [], 1, [.5])[.5][0].eleven_point)


def random_case(seed, images=30, classes=3, special=True):
    """Jittered boxes, few scores, difficult objects and regions."""
    rng = np.random.default_rng(seed)
    dets, gts = [], []
    for _ in range(images):
        num = rng.integers(0, 6)
        corner = rng.integers(0, 60, (num, 2))
        boxes = np.hstack([corner, corner + rng.integers(5, 40, (num, 2))])
        labels = rng.integers(0, classes, num)
        ignored = special & (rng.random(num) < .3)
        regions = ignored & (rng.random(num) < .5)
        labels = np.where(regions & (rng.random(num) < .3), -1, labels)
        gts.append(truth(boxes, labels, ignored, regions))
        more = rng.integers(0, 10)
        source = rng.integers(0, max(num, 1), more) if num else np.zeros(
            0, int)
        jitter = boxes[source] + rng.integers(-5, 6, (len(source), 4))
        scores = rng.integers(1, 20, len(source)) / 20
        of = np.where(
            rng.random(len(source)) < .8, np.maximum(labels[source], 0),
            rng.integers(0, classes, len(source)))
        dets.append(found(jitter, scores, of))
    return dets, gts


@pytest.mark.parametrize('plus', [0., 1.])
def test_random_cases_agree_with_the_rule_written_out(plus):
    for seed in range(3):
        dets, gts = random_case(seed)
        scores = pascal_ap(dets, gts, 3, [.5, .7], plus)
        for thr, by_class in scores.items():
            for label, score in enumerate(by_class):
                area, eleven = literal_voc(dets, gts, label, thr, plus)
                assert score.area == pytest.approx(area, abs=1e-12)
                assert score.eleven_point == pytest.approx(eleven, abs=1e-12)
                assert 0 < area < 1


@pytest.mark.parametrize('plus', [0., 1.])
@pytest.mark.parametrize('mode', ['area', '11points'])
def test_agreement_with_mmdet(plus, mode, monkeypatch):
    mean_ap = pytest.importorskip('mmdet.evaluation.functional.mean_ap')
    monkeypatch.setattr(mean_ap, 'Pool', ThreadPool)
    dets, gts = random_case(7)
    rng = np.random.default_rng(0)
    for det, gt in zip(dets, gts):
        # mmdet leaves the order of equal scores open and knows no regions
        det['scores'] = rng.permutation(len(det['scores'])) + rng.random()
        gt['labels'][gt['regions']] = 0
        gt['regions'][:] = False
        # nor between an object and a difficult one of equal overlap
        order = np.argsort(gt['ignored'], kind='stable')
        gt.update({key: value[order] for key, value in gt.items()})
    annotations = [
        dict(
            bboxes=gt['bboxes'][~gt['ignored']],
            labels=gt['labels'][~gt['ignored']],
            bboxes_ignore=gt['bboxes'][gt['ignored']],
            labels_ignore=gt['labels'][gt['ignored']]) for gt in gts
    ]
    results = [[
        np.hstack([det['bboxes'], det['scores'][:, None]])[det['labels'] == i]
        for i in range(3)
    ] for det in dets]
    for thr in (.5, .7):
        mean, by_class = mean_ap.eval_map(
            results,
            annotations,
            iou_thr=thr,
            logger='silent',
            nproc=1,
            eval_mode=mode,
            use_legacy_coordinate=bool(plus))
        ours = pascal_ap(dets, gts, 3, [thr], plus)[thr]
        values = [
            score.area if mode == 'area' else score.eleven_point
            for score in ours
        ]
        # mmdet computes in float32
        np.testing.assert_allclose(
            values, [entry['ap'] for entry in by_class], atol=1e-6)
        assert np.mean(values) == pytest.approx(mean, abs=1e-6)


@pytest.mark.parametrize('dets, gts, thrs, message', [
    ([], [truth([])], [.5], 'every image .* got 0 for 1'),
    ([], [], [0.], r'in \(0, 1\], got 0.0'),
    ([found([[0, 0, 1, 1]], [.5], [1])], [truth(
        [])], [.5], r'image 0: wanted labels from 0 to 0, got \[1\]'),
    ([found([], [])], [truth([[0, 0, 1, 1]], [-2])], [.5],
     r'image 0: wanted labels from -1 to 0, got \[-2\]'),
])
def test_errors(dets, gts, thrs, message):
    with pytest.raises(ValueError, match=message):
        pascal_ap(dets, gts, 1, thrs)
