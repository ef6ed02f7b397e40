"""Intervals of AP, against data sets that hold images several times."""
import copy
from collections import Counter

import numpy as np
import pytest

from mmadvrain.evaluation.functional import coco_bootstrap
from mmadvrain.evaluation.functional.coco_eval import (
    coco_precision,
    mean_precision,
)
from tests.test_evaluation.random_coco import random_coco

THRS = np.linspace(.5, .95, 10)


def tied(results):
    """Scores that are equal between images, and never within one."""
    seen = Counter()
    scored = []
    for one in results:
        seen[one['image_id']] += 1
        scored.append(dict(one, score=1 / seen[one['image_id']]))
    return scored


def duplicated(coco, results, places):
    """The data set of a sample, evaluated by pycocotools anew."""
    images, objects, found = [], [], []
    for new, place in enumerate(places):
        image = coco['images'][place]
        images.append(dict(image, id=new))
        objects += [
            dict(one, image_id=new) for one in coco['annotations']
            if one['image_id'] == image['id']
        ]
        found += [
            dict(one, image_id=new) for one in results
            if one['image_id'] == image['id']
        ]
    precision = coco_precision(
        dict(coco, images=images, annotations=objects),
        found,
        range(len(images)), [one['id'] for one in coco['categories']],
        THRS,
        faster=False)[..., 0]
    return [mean_precision(p, float('nan')) for p in (precision, precision[0])]


@pytest.mark.parametrize('change', [list, tied])
@pytest.mark.parametrize('seed', range(4))
def test_a_sample_is_the_data_set_with_images_repeated(seed, change):
    # few images: samples lack classes, and find nothing of some
    coco, results = random_coco(seed, 2 + 4 * seed, (3, 1, 7, 9))
    results = change(results)
    before = copy.deepcopy((coco, results))
    count = len(coco['images'])
    index = np.sort(
        np.random.default_rng(seed).integers(0, count, (20, count)), 1)
    ids = [image['id'] for image in coco['images']]
    matches = coco_bootstrap.coco_matches(coco, results, ids, (1, 3, 7, 9),
                                          THRS)
    wanted = np.array([duplicated(coco, results, row) for row in index])
    for at, column in ((range(10), 0), ([0], 1)):
        np.testing.assert_allclose(
            coco_bootstrap.resampled_precision(matches, index, at),
            wanted[:, column],
            rtol=0,
            atol=1e-12)
    assert len(np.unique(wanted[:, 0])) > 1 + 5 * bool(seed)
    assert (coco, results) == before


def test_the_interval_of_the_samples():
    coco, results = random_coco(1, 15)
    ids = [image['id'] for image in coco['images']]
    found = coco_bootstrap.coco_intervals(
        coco, results, ids, (1, 3, 7), THRS, draws=40)
    index = np.random.default_rng(0).integers(0, 15, (40, 15))
    wanted = np.array(
        [duplicated(coco, results, np.sort(row)) for row in index])
    whole = duplicated(coco, results, range(15))
    for column, name in enumerate(('mAP', 'mAP_50')):
        assert found[name] == pytest.approx(
            (whole[column], *np.quantile(wanted[:, column], [.025, .975])),
            abs=1e-12)


def test_blocks_change_nothing(monkeypatch):
    coco, results = random_coco(2, 8)
    ids = [image['id'] for image in coco['images']]
    arguments = (coco, results, ids, (1, 3, 7), THRS)
    whole = coco_bootstrap.coco_intervals(*arguments, draws=30)
    monkeypatch.setattr(
        'mmadvrain.evaluation.functional.coco_bootstrap._BLOCK', 50)
    assert coco_bootstrap.coco_intervals(*arguments, draws=30) == whole


def test_thresholds_without_a_half_and_no_detections():
    coco, results = random_coco(2, 8)
    ids = [image['id'] for image in coco['images']]
    assert set(
        coco_bootstrap.coco_intervals(
            coco, results, ids, (1, ), [.7], draws=5)) == {'mAP'}
    assert coco_bootstrap.coco_intervals(
        coco, [], ids, (1, 3, 7), THRS, draws=5)['mAP'] == (0, 0, 0)
    nothing = coco_bootstrap.coco_intervals(
        dict(coco, annotations=[]), results, ids, (1, 3, 7), THRS, draws=5)
    assert np.isnan(nothing['mAP']).all()
