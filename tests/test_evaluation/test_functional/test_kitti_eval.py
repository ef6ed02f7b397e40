"""KITTI's protocol rule by rule, by hand, and against golden numbers."""
import json

import numpy as np
import pytest

from mmadvrain.datasets.kitti_format import read_kitti_file
from mmadvrain.evaluation.functional.kitti_eval import (
    MIN_OVERLAPS,
    average_precision,
    kitti_ap,
    score_thresholds,
)
from mmadvrain.evaluation.functional.kitti_matching import (
    DIFFICULTIES,
    IGNORED,
    SKIPPED,
    VALID,
    count_matches,
    flag_image,
    prepare_image,
    true_positive_scores,
)
from tests.test_evaluation.literal_kitti import literal_ap


def obj(bbox, name='Car', occluded=0, truncated=0.):
    return dict(bbox=bbox, name=name, occluded=occluded, truncated=truncated)


def det(bbox, score, name='Car'):
    return dict(bbox=bbox, score=score, name=name)


def columns(rows, keys):
    arrays = {key: np.array([row[key] for row in rows], float) for key in keys}
    arrays['bbox'] = arrays['bbox'].reshape(-1, 4)
    return dict(arrays, name=[row['name'] for row in rows])


def gt_of(objects):
    return columns(objects, ('bbox', 'occluded', 'truncated'))


def det_of(dets):
    return columns(dets, ('bbox', 'score'))


def evaluate(*images, name='Car', level='moderate'):
    """Result of one class at one difficulty over (objects, dets) pairs."""
    scores = kitti_ap([gt_of(objects) for objects, _ in images],
                      [det_of(dets) for _, dets in images])
    return scores[name][level]


def passes(objects, dets, thresholds, name='Car', level='moderate'):
    """Scores of pass 1, then true and false positives of pass 2."""
    image = prepare_image(gt_of(objects), det_of(dets), 'image')
    flags = flag_image(image, name, DIFFICULTIES[level])
    limit = MIN_OVERLAPS[name]
    right, wrong = count_matches(image, *flags, limit, np.array(thresholds))
    return (true_positive_scores(image,
                                 *flags, limit).tolist(), right.tolist(),
            wrong.tolist())


def row_of_boxes(number, height=50):
    return [[200. * i, 0, 200. * i + 100, height] for i in range(number)]


# rule 1
@pytest.mark.parametrize('number, r11, r40', [(1, 100 / 11, 0),
                                              (3, 100 / 11, 5),
                                              (9, 300 / 11, 20),
                                              (13, 400 / 11, 30),
                                              (39, 1000 / 11, 95),
                                              (40, 1000 / 11, 97.5),
                                              (41, 100, 100)])
def test_a_perfect_detector_fills_as_many_points_as_objects(number, r11, r40):
    boxes = row_of_boxes(number)
    result = evaluate(([obj(box) for box in boxes],
                       [det(box, 1 - i / 100) for i, box in enumerate(boxes)]))
    assert result.r11 == pytest.approx(r11)
    assert result.r40 == pytest.approx(r40)
    assert result.num_valid == number


# rule 2
def test_thresholds_skip_to_the_nearest_recall():
    # 80 objects: two per step of recall, after the first every other score
    scores = np.linspace(1, .01, 80)
    taken = score_thresholds(scores[::-1], 80)
    np.testing.assert_array_equal(taken, scores[[0, *range(1, 80, 2)]])


def test_the_last_threshold_is_always_taken():
    # index 2 would be passed over (see above) if it were not the last
    assert score_thresholds([.9, .8, .7], 80).tolist() == [.9, .8, .7]
    assert score_thresholds([.9, .8, .7, .6], 80).tolist() == [.9, .8, .6]


def test_false_positives_below_the_lowest_threshold_never_count():
    box, other = row_of_boxes(2)
    below = evaluate(([obj(box)], [det(box, .5), det(other, .4)]))
    equal = evaluate(([obj(box)], [det(box, .5), det(other, .5)]))
    assert below.precision[0] == 1
    assert equal.precision[0] == .5


# rule 3
def test_recall_is_summed_in_double():
    # 60 objects: index 3 ties at recall 3/40, halfway between 4/60 and 5/60;
    # 1/40 + 1/40 + 1/40 is a bit more than 3/40, so it is passed over
    assert 1 / 40 + 1 / 40 + 1 / 40 > 3 / 40
    scores = np.linspace(1, .01, 60)
    taken = score_thresholds(scores, 60)
    np.testing.assert_array_equal(taken[:5], scores[[0, 1, 2, 4, 5]])


def test_an_exact_tie_is_taken():
    # 52 objects: index 5 lies with 6/52 and 7/52 on either side of 1/8, which
    # five steps reach exactly
    assert .025 + .025 + .025 + .025 + .025 == .125
    assert 7 / 52 - .125 == .125 - 6 / 52
    scores = np.linspace(1, .01, 52)
    taken = score_thresholds(scores, 52)
    np.testing.assert_array_equal(taken[:7], scores[[0, 1, 2, 3, 4, 5, 7]])


# rule 4
def test_precision_is_made_monotone_from_the_right():
    result = average_precision(np.array([1, 1, 3]), np.array([0, 3, 1]))
    np.testing.assert_allclose(result.precision[:4], [1, .75, .75, 0])
    assert result.r40 == pytest.approx(100 * 1.5 / 40)


def test_missed_objects_enter_only_through_their_number():
    boxes = row_of_boxes(3)
    result = evaluate(([obj(box) for box in boxes], [det(boxes[2], .5)]))
    assert result.precision.tolist() == [1] + [0] * 40
    assert result.num_valid == 3


# rule 5
def test_r11_and_r40_of_a_hand_made_curve():
    right = np.arange(41, 0, -1)
    result = average_precision(right, 41 - right)
    precision = right / 41
    assert result.r11 == pytest.approx(100 * sum(precision[::4]) / 11)
    assert result.r40 == pytest.approx(100 * sum(precision[1:]) / 40)


# rule 6
def test_pass_one_goes_by_score_and_pass_two_by_overlap():
    box = [0, 0, 100, 100]
    dets = [det([0, 0, 80, 100], .9), det([0, 0, 95, 100], .6)]
    scores, right, wrong = passes([obj(box)], dets, [.9, .6])
    assert scores == [.9]
    assert right == [1, 1]
    # at 0.6 the better overlap takes the object and the other one is wrong
    assert wrong == [0, 1]


def test_pass_two_does_not_go_by_score():
    # by score the first object would take what the second one needs
    objects = [obj([0, 0, 100, 100]), obj([16, 0, 116, 100])]
    dets = [det([14, 0, 114, 100], .9), det([-5, 0, 95, 100], .6)]
    assert passes(objects, dets, [.6]) == ([.9], [2], [0])


def test_a_score_equal_to_the_threshold_is_kept_and_a_lower_one_dropped():
    box = [0, 0, 100, 100]
    _, right, _ = passes([obj(box)], [det(box, .5)], [.5, np.nextafter(.5, 1)])
    assert right == [1, 0]


# rule 7
def test_objects_are_served_in_file_order():
    # the detection overlaps both, the second one more
    objects = [obj([0, 0, 100, 100]), obj([10, 0, 110, 100], occluded=3)]
    dets = [det([8, 0, 108, 100], .9)]
    assert passes(objects, dets, [.9]) == ([.9], [1], [0])
    assert passes(objects[::-1], dets, [.9]) == ([], [0], [0])


def test_detections_are_not_served_by_score():
    # by score, the better detection would take the second object, which it
    # fits best, and the other one, which fits only that, would be wrong
    objects = [obj([0, 0, 100, 100]), obj([10, 0, 110, 100])]
    dets = [det([24, 0, 124, 100], .5), det([8, 0, 108, 100], .9)]
    assert passes(objects, dets, [.5]) == ([.9, .5], [2], [0])


@pytest.mark.parametrize('swapped, scores, right, wrong',
                         [(False, [.5, .5], 2, 0), (True, [.5], 1, 1)])
def test_ties_go_to_the_first_detection(swapped, scores, right, wrong):
    # both detections overlap the first object by 0.8; only one of them
    # overlaps the second object
    objects = [obj([0, 0, 100, 100]), obj([20, 0, 120, 100])]
    dets = [det([0, 0, 80, 100], .5), det([20, 0, 100, 100], .5)]
    if swapped:
        dets = dets[::-1]
    assert passes(objects, dets, [.5]) == (scores, [right], [wrong])


# rule 8
@pytest.mark.parametrize('name, limit', [('Car', .7), ('Pedestrian', .5),
                                         ('Cyclist', .5)])
def test_an_overlap_of_exactly_the_limit_does_not_match(name, limit):
    objects = [obj([0, 0, 100, 100], name)]
    exact = passes(objects, [det([0, 0, 100 * limit, 100], .9, name)], [.9],
                   name)
    above = passes(objects, [det([0, 0, 100 * limit + .01, 100], .9, name)],
                   [.9], name)
    assert exact == ([], [0], [1])
    assert above == ([.9], [1], [0])


def test_coordinates_are_continuous():
    # with one pixel added to each side the overlap would be 0.703
    objects = [obj([0, 0, 100, 100])]
    dets = [det([0, 0, 69.9, 100], .9)]
    assert 70.9 * 101 / (101 * 101) > .7
    assert passes(objects, dets, [.9]) == ([], [0], [1])


# rule 9
def test_a_counted_detection_beats_an_ignored_one_in_pass_two_only():
    objects = [obj([0, 0, 100, 30])]
    small = det([0, 0, 100, 24], .9)  # overlap 0.8
    right = det([0, 0, 75, 30], .5)  # overlap 0.75
    for dets in ([small, right], [right, small]):
        assert passes(objects, dets, [.5]) == ([], [1], [0])


def test_an_ignored_detection_is_used_if_nothing_else_matches():
    # it is used up by the first object, so the second one goes without
    objects = [obj([0, 0, 100, 30]), obj([0, 0, 100, 28])]
    dets = [det([0, 0, 100, 24], .9), det([0, 0, 100, 31], .3)]
    assert passes(objects, dets[:1], [.1]) == ([], [0], [0])
    assert passes(objects, dets, [.1]) == ([.3], [1], [0])


# rule 10
@pytest.mark.parametrize(
    'hidden',
    [dict(occluded=2), dict(truncated=.31),
     dict(name='Van')])
def test_an_ignored_pair_counts_for_nothing(hidden):
    first, second = row_of_boxes(2)
    result = evaluate(([obj(first),
                        obj(second,
                            **hidden)], [det(first, .9),
                                         det(second, .95)]))
    assert result.num_valid == 1
    assert result.precision[0] == 1
    scores, right, wrong = passes(
        [obj(first), obj(second, **hidden)],
        [det(first, .9), det(second, .95)], [.9])
    assert (scores, right, wrong) == ([.9], [1], [0])


# rule 11
@pytest.mark.parametrize('level, height, occlusion, truncation',
                         [('easy', 40, 0, .15), ('moderate', 25, 1, .30),
                          ('hard', 25, 2, .50)])
def test_limits_of_a_valid_object(level, height, occlusion, truncation):
    cases = [
        (obj([0, 0, 9, height + .01]), VALID),
        (obj([0, 0, 9, height]), IGNORED),
        (obj([0, 0, 9, 99], occluded=occlusion), VALID),
        (obj([0, 0, 9, 99], occluded=occlusion + 1), IGNORED),
        (obj([0, 0, 9, 99], occluded=3), IGNORED),
        (obj([0, 0, 9, 99], truncated=truncation), VALID),
        (obj([0, 0, 9, 99], truncated=truncation + .01), IGNORED),
        (obj([0, 0, 9, 99], 'cAR'), VALID),
    ]
    image = prepare_image(
        gt_of([case for case, _ in cases]), det_of([]), 'image')
    flags, _ = flag_image(image, 'Car', DIFFICULTIES[level])
    assert flags.tolist() == [flag for _, flag in cases]


# rule 12
@pytest.mark.parametrize('name, other, flag',
                         [('Car', 'Van', IGNORED), ('Car', 'Truck', SKIPPED),
                          ('Car', 'Tram', SKIPPED), ('Car', 'Misc', SKIPPED),
                          ('Car', 'DontCare', SKIPPED),
                          ('Car', 'Pedestrian', SKIPPED),
                          ('Pedestrian', 'Person_sitting', IGNORED),
                          ('Pedestrian', 'Cyclist', SKIPPED),
                          ('Pedestrian', 'Van', SKIPPED),
                          ('Cyclist', 'Person_sitting', SKIPPED),
                          ('Cyclist', 'Pedestrian', SKIPPED)])
def test_neighbours_are_ignored_and_other_classes_skipped(name, other, flag):
    box = [0, 0, 100, 100]
    image = prepare_image(gt_of([obj(box, other)]), det_of([]), 'image')
    flags, _ = flag_image(image, name, DIFFICULTIES['easy'])
    assert flags.tolist() == [flag]
    # a box on a skipped object is wrong, on an ignored one it is not
    wrong = passes([obj(box, other)], [det(box, .9, name)], [.9], name)[2]
    assert wrong == [int(flag == SKIPPED and other != 'DontCare')]


# rules 11 and 13, the heights the issue names
@pytest.mark.parametrize('level, height', [('easy', 40), ('moderate', 25),
                                           ('hard', 25)])
def test_exact_height_ignores_an_object_but_not_a_detection(level, height):
    image = prepare_image(
        gt_of([obj([0, 0, 50, height])]),
        det_of([
            det([0, 0, 50, height], .9),
            det([0, 0, 50, np.nextafter(height, 0)], .9)
        ]), 'image')
    gt_flags, det_flags = flag_image(image, 'Car', DIFFICULTIES[level])
    assert gt_flags.tolist() == [IGNORED]
    assert det_flags.tolist() == [VALID, IGNORED]


# rule 14
def test_a_small_detection_of_another_class_uses_an_object_up():
    objects = [obj([0, 0, 100, 26])]
    right = det([0, 0, 100, 26], .5)
    small = det([0, 0, 100, 24], .9, 'Cyclist')
    assert evaluate((objects, [right])).r11 == pytest.approx(100 / 11)
    result = evaluate((objects, [right, small]))
    assert (result.r11, result.r40, result.num_valid) == (0, 0, 1)


def test_a_tall_detection_of_another_class_does_not():
    objects = [obj([0, 0, 100, 26])]
    dets = [det([0, 0, 100, 26], .5), det([0, 0, 100, 25], .9, 'Cyclist')]
    assert evaluate((objects, dets)).r11 == pytest.approx(100 / 11)


# rule 15
@pytest.mark.parametrize(
    'regions, wrong',
    [
        ([], 1),
        ([('DontCare', [1000, 0, 1080, 100])], 0),
        ([('DontCare', [1000, 0, 1070, 100])], 1),  # exactly 0.7
        ([('DontCare', [0, 0, 5000, 5000])], 0),  # of the detection's own area
        ([('dontcare', [1000, 0, 1080, 100])], 1),
        ([('DontCare', [1000, 0, 1045, 100]),
          ('DontCare', [1045, 0, 1100, 100])], 1),  # no single region suffices
    ])
def test_dont_care_regions_swallow_wrong_detections(regions, wrong):
    box = [0, 0, 100, 100]
    objects = [obj(box)
               ] + [obj(region, name, -1, -1.) for name, region in regions]
    dets = [det(box, .5), det([1000, 0, 1100, 100], .9)]
    assert passes(objects, dets, [.5]) == ([.5], [1], [wrong])


def test_dont_care_uses_the_limit_of_the_class():
    region = obj([0, 0, 60, 100], 'DontCare', -1, -1.)
    for name, wrong in (('Pedestrian', [0]), ('Car', [1])):
        dets = [det([0, 0, 100, 100], .9, name)]
        assert passes([region], dets, [.9], name)[2] == wrong


def test_an_object_is_matched_inside_a_dont_care_region():
    box = [0, 0, 100, 100]
    objects = [obj(box, 'DontCare', -1, -1.), obj(box)]
    assert passes(objects, [det(box, .9)], [.9]) == ([.9], [1], [0])


# rule 16
@pytest.mark.parametrize('objects, dets', [
    ([], []),
    ([], [det([0, 0, 100, 100], .9)]),
    ([obj([0, 0, 100, 100])], []),
    ([obj([0, 0, 100, 100], occluded=3)], [det([0, 0, 100, 100], .9)]),
    ([obj([0, 0, 100, 100])], [det([500, 0, 600, 100], .9)]),
])
def test_ap_is_exactly_zero_where_nothing_can_be_divided(objects, dets):
    result = evaluate((objects, dets))
    assert (result.r11, result.r40, result.num_nan) == (0, 0, 0)


# rule 17
def test_nothing_left_at_a_threshold_is_zero_with_a_flag():
    objects = [obj([0, 0, 100, 27], occluded=3), obj([0, 0, 100, 30])]
    dets = [det([0, 0, 100, 24], .9), det([0, 0, 100, 28.5], .8)]
    assert passes(objects, dets, [.8]) == ([.8], [0], [0])
    result = evaluate((objects, dets))
    assert (result.r11, result.r40) == (0, 0)
    assert result.num_nan == 1
    assert np.isfinite(result.precision).all()


# rule 18
def test_images_without_detections_count():
    box = [0, 0, 100, 100]
    boxes = row_of_boxes(9)
    full = [([obj(box)], [det(box, .9 - i / 100)]) for i in range(9)]
    assert evaluate(*full).r11 == pytest.approx(300 / 11)
    # eight empty images: one point is filled instead of nine
    empty = full[:1] + [([obj(box)], []) for box in boxes[1:]]
    result = evaluate(*empty)
    assert result.num_valid == 9
    assert (result.r11, result.r40) == (pytest.approx(100 / 11), 0)


def test_no_image_at_all():
    assert kitti_ap([], [])['Car']['hard'].r40 == 0


@pytest.mark.parametrize(
    'extra, limits', [(None, None),
                      ('low_iou', dict(Car=.5, Pedestrian=.25, Cyclist=.25))])
def test_golden_numbers(shared_data, extra, limits):
    folder = shared_data / 'golden' / 'kitti'
    expected = json.loads((folder / 'expected.json').read_text())
    names = sorted(path.name for path in (folder / 'label_2').iterdir())
    gts = [read_kitti_file(folder / 'label_2' / name) for name in names]
    dets = [
        read_kitti_file(folder / 'detections' / name, True) for name in names
    ]
    scores = kitti_ap(gts, dets, limits)
    wanted = expected['extra'][extra] if extra else expected
    for name, levels in scores.items():
        for level, score in levels.items():
            assert score.r11 == pytest.approx(
                wanted[name][level]['R11'], abs=1e-9)
            assert score.r40 == pytest.approx(
                wanted[name][level]['R40'], abs=1e-9)
            assert score.num_valid == expected['valid_gt_counts'][name][level]


def random_image(rng):
    """Coarse boxes, few scores: ties and exact limits abound."""

    def box():
        x, y = rng.integers(0, 4, 2) * 10
        width, height = rng.integers(2, 6, 2) * 10
        return [x, y, x + width, y + height + int(rng.integers(0, 2)) * 5]

    names = ['Car', 'Van', 'Pedestrian', 'Person_sitting', 'Cyclist', 'Truck']
    objects = [
        obj(box(), rng.choice(names), int(rng.integers(0, 4)),
            float(rng.choice([0, .15, .2, .3, .4])))
        for _ in range(rng.integers(0, 7))
    ]
    objects += [
        obj(box(), 'DontCare', -1, -1.) for _ in range(rng.integers(0, 2))
    ]
    dets = []
    for _ in range(rng.integers(0, 9)):
        found = box()
        if objects and rng.random() < .7:
            found = [
                side + int(rng.integers(-1, 2)) * 2.5
                for side in objects[rng.integers(len(objects))]['bbox']
            ]
        dets.append(
            det(found,
                float(rng.integers(1, 8)) / 8,
                rng.choice(['Car', 'Pedestrian', 'Cyclist'])))
    return dict(objects=objects, dets=dets)


@pytest.mark.parametrize('seed', range(4))
def test_random_scenes_agree_with_the_protocol_written_out(seed):
    rng = np.random.default_rng(seed)
    images = [random_image(rng) for _ in range(40)]
    scores = kitti_ap([gt_of(image['objects']) for image in images],
                      [det_of(image['dets']) for image in images])
    for name, limit in MIN_OVERLAPS.items():
        for level in DIFFICULTIES:
            score = scores[name][level]
            r11, r40, undefined = literal_ap(images, name, level, limit)
            assert score.r11 == pytest.approx(r11, abs=1e-9)
            assert score.r40 == pytest.approx(r40, abs=1e-9)
            assert score.num_nan == undefined


@pytest.mark.parametrize('change, message', [
    (dict(dets=[]), 'every image .* got 0 for 1'),
    (dict(limits=dict(Car=1.)), r'limit in \[0, 1\) for .Car., got 1.0'),
    (dict(score=np.nan), "image 0, detections: wanted finite 'score'"),
    (dict(bbox=[0, 0, np.inf, 9]), 'image 0, detections: wanted finite boxes'),
])
def test_errors(change, message):
    found = det_of(
        [det(change.get('bbox', [0, 0, 9, 9]), change.get('score', .5))])
    with pytest.raises(ValueError, match=message):
        kitti_ap([gt_of([])], change.get('dets', [found]),
                 change.get('limits'))


def test_arrays_of_different_length_are_refused():
    broken = dict(det_of([det([0, 0, 9, 9], .5)]), score=np.zeros(2))
    with pytest.raises(ValueError, match=r"'score' of shape \(1,\), got \(2"):
        kitti_ap([gt_of([])], [broken])
