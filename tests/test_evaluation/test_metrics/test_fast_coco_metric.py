import json
import logging

import numpy as np
import pytest
import torch
from mmdet.evaluation import CocoMetric
from mmengine.logging import MMLogger

from mmadvrain.evaluation.functional.coco_eval import (
    coco_precision,
    mean_precision,
)
from mmadvrain.evaluation.metrics.fast_coco_metric import FastCocoMetric
from mmadvrain.registry import METRICS
from tests.test_evaluation.random_coco import random_coco


def samples_of(coco, results):
    labels = {cat['id']: i for i, cat in enumerate(coco['categories'])}
    samples = []
    for image in coco['images']:
        mine = [res for res in results if res['image_id'] == image['id']]
        boxes = torch.tensor([res['bbox'] for res in mine],
                             dtype=torch.float64).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        samples.append(
            dict(
                img_id=image['id'],
                ori_shape=(image['height'], image['width']),
                instances=[
                    dict(
                        bbox=[
                            ann['bbox'][0], ann['bbox'][1],
                            ann['bbox'][0] + ann['bbox'][2],
                            ann['bbox'][1] + ann['bbox'][3]
                        ],
                        bbox_label=labels[ann['category_id']],
                        ignore_flag=ann['iscrowd'])
                    for ann in coco['annotations']
                    if ann['image_id'] == image['id']
                ],
                pred_instances=dict(
                    bboxes=boxes,
                    scores=torch.tensor([res['score'] for res in mine],
                                        dtype=torch.float64),
                    labels=torch.tensor(
                        [labels[res['category_id']] for res in mine],
                        dtype=torch.int64))))
    return samples


def evaluate(metric, coco, samples):
    metric.dataset_meta = dict(
        classes=tuple(cat['name'] for cat in coco['categories']))
    for sample in samples:
        metric.process({}, [sample])
    return metric.evaluate(len(samples))


@pytest.fixture
def case(tmp_path):
    coco, results = random_coco(3, 30, (1, 3, 7), first_id=1)
    path = tmp_path / 'ann.json'
    path.write_text(json.dumps(coco))
    return coco, results, str(path)


@pytest.mark.parametrize('faster', [False, True])
def test_the_numbers_of_coco_metric_unrounded(case, faster):
    if faster:
        pytest.importorskip('faster_coco_eval')
    coco, results, path = case
    samples = samples_of(coco, results)
    ours = evaluate(
        FastCocoMetric(faster=faster, ann_file=path, classwise=True), coco,
        samples)
    theirs = evaluate(CocoMetric(ann_file=path, classwise=True), coco, samples)
    assert set(ours) == set(theirs)
    for key, value in theirs.items():
        assert abs(ours[key] - value) <= .0005 + 1e-9, key
    assert any(ours[key] != value for key, value in theirs.items())


def test_both_back_ends_agree(case):
    pytest.importorskip('faster_coco_eval')
    coco, results, path = case
    samples = samples_of(coco, results)
    both = [
        evaluate(
            FastCocoMetric(faster=faster, ann_file=path, iou_thrs=[.5, .7]),
            coco, samples) for faster in (False, True)
    ]
    assert set(both[0]) == {
        'coco/bbox_mAP', 'coco/bbox_mAP_50', 'coco/bbox_mAP_70',
        'coco/bbox_mAP_s', 'coco/bbox_mAP_m', 'coco/bbox_mAP_l'
    }
    for key, value in both[0].items():
        assert both[1][key] == pytest.approx(value, abs=1e-12)


def test_a_detector_that_finds_nothing_gets_zero(case):
    coco, _, path = case
    samples = samples_of(coco, [])
    ours = evaluate(FastCocoMetric(ann_file=path), coco, samples)
    assert ours['coco/bbox_mAP'] == 0
    # this is what the base class makes of it
    assert evaluate(CocoMetric(ann_file=path), coco, samples) == {}


def test_a_class_keeps_its_name_where_ids_are_not_sorted(tmp_path):
    # the base class gives class 3 the number of class 1 here
    coco, results = random_coco(3, 30, (3, 1, 7))
    (tmp_path / 'ann.json').write_text(json.dumps(coco))
    got = evaluate(
        FastCocoMetric(ann_file=str(tmp_path / 'ann.json'), classwise=True),
        coco, samples_of(coco, results))
    values = set()
    for cat in coco['categories']:
        precision = coco_precision(coco, results,
                                   [image['id'] for image in coco['images']],
                                   [cat['id']], np.linspace(.5, .95, 10))
        value = mean_precision(precision[..., 0])
        assert got[f'coco/{cat["name"]}_precision'] == pytest.approx(value)
        values.add(value)
    assert len(values) == 3


def test_images_that_did_not_pass_are_left_out_and_said(
        case, tmp_path, caplog, monkeypatch):
    coco, results, path = case
    samples = samples_of(coco, results)[:10]
    monkeypatch.setattr(MMLogger, 'get_current_instance',
                        lambda: logging.getLogger('test'))
    part = evaluate(FastCocoMetric(ann_file=path), coco, samples)
    assert 'evaluated 10 of 30 annotated images' in caplog.text
    ids = [sample['img_id'] for sample in samples]
    small = dict(
        coco,
        images=coco['images'][:10],
        annotations=[
            ann for ann in coco['annotations'] if ann['image_id'] in ids
        ])
    (tmp_path / 'small.json').write_text(json.dumps(small))
    whole = evaluate(
        FastCocoMetric(ann_file=str(tmp_path / 'small.json')), coco, samples)
    assert part == whole


def test_truth_from_the_samples_own_annotations(case):
    coco, results, path = case
    samples = samples_of(coco, results)
    wanted = evaluate(FastCocoMetric(ann_file=path), coco, samples)
    got = evaluate(FastCocoMetric(), coco, samples)
    for key, value in wanted.items():
        assert got[key] == pytest.approx(value, abs=1e-12)


def test_metric_items_and_results_file(case, tmp_path):
    coco, results, path = case
    samples = samples_of(coco, results)
    got = evaluate(
        FastCocoMetric(
            ann_file=path,
            metric_items=['mAP_50'],
            outfile_prefix=str(tmp_path / 'out')), coco, samples)
    assert list(got) == ['coco/bbox_mAP_50']
    written = json.loads((tmp_path / 'out.bbox.json').read_text())
    assert len(written) == len(results)


def test_it_is_registered_and_checks_its_arguments(case, monkeypatch):
    metric = METRICS.build(
        dict(type='mmadvrain.FastCocoMetric', ann_file=case[2]))
    assert isinstance(metric, FastCocoMetric)
    np.testing.assert_allclose(metric.iou_thrs, np.linspace(.5, .95, 10))
    assert FastCocoMetric(iou_thrs=.7).iou_thrs == [.7]
    with pytest.raises(ValueError, match="wanted metric='bbox'"):
        FastCocoMetric(metric='segm')
    with pytest.raises(ValueError, match='no format_only'):
        FastCocoMetric(format_only=True, outfile_prefix='x')
    module = 'mmadvrain.evaluation.metrics.fast_coco_metric'
    monkeypatch.setattr(f'{module}.has_faster_coco_eval', lambda: False)
    with pytest.raises(ImportError, match='faster=None falls back'):
        FastCocoMetric(faster=True)


def test_intervals_beside_the_numbers(case):
    coco, results, path = case
    samples = samples_of(coco, results)
    plain = evaluate(FastCocoMetric(ann_file=path), coco, samples)
    ours = evaluate(FastCocoMetric(ann_file=path, bootstrap=50), coco, samples)
    ends = {
        f'coco/bbox_{name}_{end}'
        for name in ('mAP', 'mAP_50')
        for end in ('low', 'high')
    }
    assert {k: v for k, v in ours.items() if k not in ends} == plain
    for name in ('coco/bbox_mAP', 'coco/bbox_mAP_50'):
        assert ours[f'{name}_low'] < ours[name] < ours[f'{name}_high']
    half = evaluate(
        FastCocoMetric(ann_file=path, metric_items=['mAP'], bootstrap=5), coco,
        samples)
    assert set(half) == {
        f'coco/bbox_mAP{end}'
        for end in ('', '_low', '_high')
    }
    with pytest.raises(ValueError, match='bootstrap samples or 0, got -1'):
        FastCocoMetric(bootstrap=-1)
