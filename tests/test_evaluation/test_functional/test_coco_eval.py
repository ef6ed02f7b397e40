"""Both back ends against each other and against COCO's own summary."""
import contextlib
import copy
import io

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from mmadvrain.evaluation.functional import coco_eval
from mmadvrain.evaluation.functional.coco_eval import (
    coco_precision,
    coco_summary,
    mean_precision,
)
from tests.test_evaluation.random_coco import random_coco

COCO_THRS = np.linspace(.5, .95, 10)


def precision_of(coco, results, iou_thrs=COCO_THRS, faster=False, **kwargs):
    return coco_precision(
        coco,
        results, [image['id'] for image in coco['images']],
        [cat['id'] for cat in coco['categories']],
        iou_thrs,
        faster=faster,
        **kwargs)


def official_stats(coco, results):
    """COCO's twelve numbers, by its own code in its own way."""
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = copy.deepcopy(coco)
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(copy.deepcopy(results)),
                              'bbox')
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats


@pytest.mark.parametrize('iou_thrs', [COCO_THRS, [.5], [.7], [.5, .7]])
def test_both_back_ends_give_the_same_numbers(iou_thrs):
    pytest.importorskip('faster_coco_eval')
    coco, results = random_coco(0, 30)
    slow = precision_of(coco, results, iou_thrs)
    fast = precision_of(coco, results, iou_thrs, faster=True)
    assert slow.shape == (len(iou_thrs), 101, 3, 4)
    assert 0 < mean_precision(slow) < 1
    np.testing.assert_allclose(fast, slow, atol=1e-12)


@pytest.mark.parametrize('faster', [False, True])
def test_the_summary_is_cocos(faster):
    if faster:
        pytest.importorskip('faster_coco_eval')
    coco, results = random_coco(1, 30, first_id=1)
    stats = official_stats(coco, results)
    summary = coco_summary(
        precision_of(coco, results, faster=faster), COCO_THRS)
    assert list(summary) == [
        'mAP', 'mAP_50', 'mAP_75', 'mAP_s', 'mAP_m', 'mAP_l'
    ]
    np.testing.assert_allclose(list(summary.values()), stats[:6], atol=1e-12)
    # unrounded
    assert summary['mAP'] != round(summary['mAP'], 3)


def test_an_annotation_with_id_zero_can_be_matched():
    # pycocotools marks a match by the id, so 0 would mean "none"
    coco, results = random_coco(1, 30, first_id=0)
    other, _ = random_coco(1, 30, first_id=1)
    np.testing.assert_array_equal(
        precision_of(coco, results), precision_of(other, results))


@pytest.mark.parametrize('faster', [False, True])
def test_no_detection_at_all_is_zero(faster):
    if faster:
        pytest.importorskip('faster_coco_eval')
    coco, _ = random_coco(0)
    summary = coco_summary(precision_of(coco, [], faster=faster), COCO_THRS)
    assert summary['mAP'] == 0
    assert summary['mAP_50'] == 0


@pytest.mark.parametrize('faster', [False, True])
def test_any_image_ids_and_a_part_of_the_images(faster):
    if faster:
        pytest.importorskip('faster_coco_eval')
    coco, results = random_coco(2, 20)
    part = coco['images'][:9]
    ids = [image['id'] for image in part]
    mine = [result for result in results if result['image_id'] in ids]
    small = dict(
        coco,
        images=part,
        annotations=[
            ann for ann in coco['annotations'] if ann['image_id'] in ids
        ])
    wanted = precision_of(small, mine)
    got = coco_precision(coco, mine, ids, [3, 1, 7], COCO_THRS, faster=faster)
    np.testing.assert_allclose(got, wanted, atol=1e-12)

    def named(entries):
        return [
            dict(entry, image_id=f'img{entry["image_id"]}')
            for entry in entries
        ]

    text = dict(small, annotations=named(small['annotations']))
    got = coco_precision(
        text,
        named(mine), [f'img{i}' for i in ids], [3, 1, 7],
        COCO_THRS,
        faster=faster)
    np.testing.assert_allclose(got, wanted, atol=1e-12)


def test_nothing_of_the_callers_is_changed():
    coco, results = random_coco(0)
    before = copy.deepcopy((coco, results))
    precision_of(coco, results)
    assert (coco, results) == before


def test_thresholds_name_themselves():
    precision = np.full((3, 101, 1, 4), .25)
    precision[1] = .5
    summary = coco_summary(precision, [.5, .7, .975])
    assert summary['mAP_50'] == .25
    assert summary['mAP_70'] == .5
    assert summary['mAP_97.5'] == .25
    assert 'mAP_75' not in summary


def test_only_marked_entries_are_left_out_of_a_mean():
    assert mean_precision(np.array([-1., 0., 1.])) == .5
    assert mean_precision(np.array([-1.])) == -1
    assert np.isnan(mean_precision(np.array([-1.]), nothing=np.nan))


def test_fewer_detections_where_that_is_asked_for():
    coco, results = random_coco(0, 30)
    assert (precision_of(coco, results, max_dets=1).sum()
            < precision_of(coco, results).sum())


def test_errors(monkeypatch):
    coco, results = random_coco(0)
    with pytest.raises(ValueError, match='evaluated images only'):
        coco_precision(coco, results, [5], [1], [.5])
    monkeypatch.setitem(__import__('sys').modules, 'faster_coco_eval', None)
    with pytest.raises(ImportError, match='wanted faster-coco-eval'):
        precision_of(coco, results, faster=True)
    monkeypatch.setattr(coco_eval, 'has_faster_coco_eval', lambda: False)
    assert precision_of(coco, results, faster=None).shape[0] == 10
