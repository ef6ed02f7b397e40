"""Metrics as they were computed, and nobody else's rounding touched."""
import builtins
import io
import json
from contextlib import redirect_stdout

import mmdet.evaluation.metrics.coco_metric as coco_module
import numpy as np
import pytest
import torch
from mmdet.evaluation import CocoMetric, VOCMetric
from mmengine.evaluator import BaseMetric
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from mmadvrain.evaluation.unrounded import unrounded
from tests.toys.made_once import toy_root
from tests.toys.toy_data import TOY_CLASSES

KEYS = ('mAP', 'mAP_50', 'mAP_75', 'mAP_s', 'mAP_m', 'mAP_l')
CATEGORIES = (1, 3, 7)


def detections():
    """Boxes near the true ones, of different quality and score."""
    content = json.loads((toy_root() / 'annotations.json').read_text())
    rng = np.random.default_rng(0)
    found = {image['id']: [] for image in content['images']}
    for annotation in content['annotations']:
        x, y, w, h = annotation['bbox']
        for _ in range(3):
            dx, dy, dw, dh = rng.normal(0, 3, 4)
            label = CATEGORIES.index(annotation['category_id'])
            if rng.random() < 0.3:
                label = (label + 1) % 3
            found[annotation['image_id']].append(
                (x + dx, y + dy, x + w + dw, y + h + dh, rng.random(), label))
    return found


def evaluate(metric, found):
    metric.dataset_meta = dict(classes=TOY_CLASSES)
    for key, boxes in found.items():
        boxes = torch.tensor(boxes, dtype=torch.float64).reshape(-1, 6)
        metric.process({}, [
            dict(
                img_id=key,
                ori_shape=(96, 96),
                pred_instances=dict(
                    bboxes=boxes[:, :4],
                    scores=boxes[:, 4],
                    labels=boxes[:, 5].long()))
        ])
    with redirect_stdout(io.StringIO()):
        return metric.evaluate(len(found))


def coco_metric(**options):
    with redirect_stdout(io.StringIO()):
        return CocoMetric(
            ann_file=str(toy_root() / 'annotations.json'),
            metric='bbox',
            **options)


def reference(found):
    """The six numbers, straight from pycocotools."""
    with redirect_stdout(io.StringIO()):
        truth = COCO(str(toy_root() / 'annotations.json'))
        results = [
            dict(
                image_id=key,
                bbox=[x1, y1, x2 - x1, y2 - y1],
                score=score,
                category_id=CATEGORIES[label]) for key, boxes in found.items()
            for x1, y1, x2, y2, score, label in boxes
        ]
        scorer = COCOeval(truth, truth.loadRes(results), 'bbox')
        scorer.params.maxDets = [100, 300, 1000]
        scorer.evaluate()
        scorer.accumulate()
        scorer.summarize()
    return scorer.stats[:6]


def test_coco_metric_equals_pycocotools():
    found, metric = detections(), coco_metric(classwise=True)
    with unrounded([metric]):
        scores = evaluate(metric, found)
    wanted = reference(found)
    for key, value in zip(KEYS, wanted):
        assert scores[f'coco/bbox_{key}'] == pytest.approx(value, abs=1e-15)
    assert scores['coco/bbox_mAP'] != round(scores['coco/bbox_mAP'], 3)
    mean = np.mean([scores[f'coco/{name}_precision'] for name in TOY_CLASSES])
    assert mean == pytest.approx(wanted[0], abs=1e-12)


def test_rounding_is_back_afterwards_also_after_an_error():
    found = detections()
    with pytest.raises(RuntimeError, match='on purpose'):
        with unrounded([coco_metric()]):
            assert coco_module.round(0.123456, 3) == 0.123456
            raise RuntimeError('on purpose')
    assert 'round' not in vars(coco_module)
    value = evaluate(coco_metric(), found)['coco/bbox_mAP']
    assert value == round(value, 3)


def test_one_inside_the_other_ends_with_the_outer_one():
    with unrounded([coco_metric()]):
        with unrounded([coco_metric()]):
            pass
        assert coco_module.round(0.123456, 3) == 0.123456
    assert 'round' not in vars(coco_module)


def test_nobody_else_is_touched():
    with unrounded([coco_metric()]):
        assert builtins.round(0.123456, 3) == 0.123
        assert round(0.123456, 3) == 0.123


def test_subclasses_and_strangers():
    """Of a class elsewhere, the module that rounds is MMDetection's."""

    class Mine(CocoMetric):
        pass

    class Own(BaseMetric):

        def process(self, data_batch, data_samples):
            self.results += data_samples

        def compute_metrics(self, results):
            return dict(mean=round(sum(results) / len(results), 1))

    with redirect_stdout(io.StringIO()):
        mine = Mine(ann_file=str(toy_root() / 'annotations.json'))
    own = Own()
    own.process({}, [0.123, 0.456])
    with unrounded([mine, own]):
        scores = evaluate(mine, detections())
        assert own.evaluate(2) == dict(mean=0.3)
    assert scores['coco/bbox_mAP'] == pytest.approx(
        reference(detections())[0], abs=1e-15)


def test_voc_metric_too():
    objects = torch.tensor([[0., 0., 20., 20.], [30., 30., 60., 60.],
                            [60., 0., 90., 20.]])
    sample = dict(
        gt_instances=dict(bboxes=objects, labels=torch.zeros(3).long()),
        ignored_instances=dict(
            bboxes=torch.zeros(0, 4), labels=torch.zeros(0).long()),
        pred_instances=dict(
            bboxes=objects[:1],
            scores=torch.ones(1),
            labels=torch.zeros(1).long()))
    metric = VOCMetric(metric='mAP', eval_mode='area')
    metric.dataset_meta = dict(classes=('thing', ), dataset_type='VOC2012')
    metric.process({}, [sample])
    with unrounded([metric]):
        scores = metric.evaluate(1)
    assert scores['pascal_voc/AP50'] == pytest.approx(1 / 3, abs=1e-6)
    assert scores['pascal_voc/AP50'] != 0.333
