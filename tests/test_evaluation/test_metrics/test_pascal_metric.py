import json

import cv2
import numpy as np
import pytest
import torch
from mmdet.registry import DATASETS
from mmengine.registry import DefaultScope

from mmadvrain.evaluation.functional.pascal_ap import pascal_ap
from mmadvrain.evaluation.metrics.pascal_metric import PascalMetric
from mmadvrain.registry import METRICS

CLASSES = ('cat', 'dog')
KEYS = {
    f'pascal/mAP_{thr}_{kind}{plus}'
    for thr in (.5, .7)
    for kind in ('area', '11point')
    for plus in ('', '_plus1')
}


def instance(box, label=0, **more):
    return dict(
        bbox=box, bbox_label=label, **dict(dict(ignore_flag=0), **more))


def sample(img_id, boxes, instances=None, labels=None):
    num = len(boxes)
    result = dict(
        img_id=img_id,
        pred_instances=dict(
            bboxes=torch.tensor(boxes, dtype=torch.float64).reshape(-1, 4),
            scores=torch.linspace(.9, .5, num, dtype=torch.float64),
            labels=torch.zeros(num, dtype=torch.int64)
            if labels is None else torch.tensor(labels)))
    if instances is not None:
        result['instances'] = instances
    return result


def evaluate(metric, samples, classes=CLASSES):
    metric.dataset_meta = dict(classes=classes)
    metric.process({}, samples)
    return metric.evaluate(len(samples))


def test_every_convention_has_its_own_key_and_value():
    # overlap 0.6948, with +1 0.7002; found at rank two of two, of two objects
    boxes = [[500, 0, 600, 100], [0, 0, 40, 41]]
    truth = [instance([0, 0, 40, 59]), instance([0, 200, 40, 259])]
    got = evaluate(PascalMetric(classwise=True), [sample(1, boxes, truth)])
    assert {key for key in got if '/mAP' in key} == KEYS
    for key in KEYS:
        thr, plus = float(key.split('_')[1]), key.endswith('plus1')
        matched = thr == .5 or plus
        whole = (.5 * .5 if 'area' in key else 6 * .5 / 11) if matched else 0
        assert got[key] == pytest.approx(whole), key
        # the class without objects is left out of the mean
        part = key.replace('/mAP', '/dog_AP')
        assert np.isnan(got[part])
        assert got[key.replace('/mAP', '/cat_AP')] == got[key]


def test_metric_equals_function():
    rng = np.random.default_rng(0)
    data, dets, gts = [], [], []
    for i in range(10):
        boxes = rng.uniform(0, 50, (4, 4))
        boxes[:, 2:] += boxes[:, :2] + 20
        labels = rng.integers(0, 2, 4)
        truth = [
            instance((box + rng.normal(0, 4, 4)).tolist(), int(label))
            for box, label in zip(boxes, labels)
        ]
        data.append(sample(i, boxes.tolist(), truth, labels.tolist()))
        dets.append({
            key: value.numpy()
            for key, value in data[-1]['pred_instances'].items()
        })
        gts.append(
            dict(
                bboxes=np.array([entry['bbox'] for entry in truth]),
                labels=labels,
                ignored=np.zeros(4, bool),
                regions=np.zeros(4, bool)))
    got = evaluate(PascalMetric(iou_thrs=[.6]), data)
    for plus, name in ((0., ''), (1., '_plus1')):
        scores = pascal_ap(dets, gts, 2, [.6], plus)[.6]
        assert got[f'pascal/mAP_0.6_area{name}'] == np.mean(
            [score.area for score in scores])
        assert got[f'pascal/mAP_0.6_11point{name}'] == np.mean(
            [score.eleven_point for score in scores])


IGNORED = [0, 0, 100, 100]
PART = [20, 20, 60, 60]


@pytest.mark.parametrize('as_regions, flag, wrong', [
    (True, dict(), False),
    (False, dict(), True),
    (True, dict(ignore_region=False), True),
    (False, dict(ignore_region=True), False),
])
def test_a_box_inside_an_ignored_one(as_regions, flag, wrong):
    truth = [
        instance(IGNORED, ignore_flag=1, **flag),
        instance([200, 0, 300, 100])
    ]
    data = [sample(1, [PART, [200, 0, 300, 100]], truth)]
    got = evaluate(PascalMetric(ignored_are_regions=as_regions), data)
    assert got['pascal/mAP_0.5_area'] == (.5 if wrong else 1)


@pytest.mark.parametrize('as_regions', [True, False])
def test_a_box_on_an_ignored_one_is_never_wrong(as_regions):
    truth = [instance(IGNORED, ignore_flag=1), instance([200, 0, 300, 100])]
    data = [sample(1, [IGNORED, [200, 0, 300, 100]], truth)]
    got = evaluate(PascalMetric(ignored_are_regions=as_regions), data)
    assert got['pascal/mAP_0.7_11point'] == 1


def test_a_region_of_every_class():
    truth = [
        instance(IGNORED, -1, ignore_flag=1),
        instance([200, 0, 300, 100], 1)
    ]
    data = [sample(1, [PART, [200, 0, 300, 100]], truth, [1, 1])]
    for as_regions in (True, False):
        got = evaluate(PascalMetric(ignored_are_regions=as_regions), data)
        assert got['pascal/mAP_0.5_area'] == 1


@pytest.fixture
def ann_file(tmp_path):
    """A COCO file whose categories are in another order than the classes."""
    path = tmp_path / 'ann.json'
    path.write_text(
        json.dumps(
            dict(
                images=[
                    dict(id=4, file_name='4.png', height=100, width=400),
                    dict(id=9, file_name='9.png', height=100, width=400)
                ],
                categories=[
                    dict(id=8, name='dog'),
                    dict(id=5, name='cow'),
                    dict(id=2, name='cat')
                ],
                annotations=[
                    dict(
                        id=1,
                        image_id=4,
                        category_id=2,
                        area=1e4,
                        bbox=[200, 0, 100, 100],
                        iscrowd=0),
                    dict(
                        id=2,
                        image_id=4,
                        category_id=2,
                        area=1e4,
                        bbox=[0, 0, 100, 100],
                        iscrowd=1),
                    dict(
                        id=3,
                        image_id=9,
                        category_id=8,
                        area=1e4,
                        bbox=[0, 0, 100, 100],
                        iscrowd=0),
                    dict(
                        id=4,
                        image_id=9,
                        category_id=5,
                        area=1e4,
                        bbox=[200, 0, 100, 100],
                        iscrowd=0),
                ])))
    return str(path)


def test_truth_from_a_file_goes_by_name_and_id(ann_file):
    data = [
        sample(9, [[0, 0, 100, 100]], labels=[1]),
        sample(4, [PART, [200, 0, 300, 100]], labels=[0, 0])
    ]
    got = evaluate(PascalMetric(ann_file=ann_file, classwise=True), data)
    assert got['pascal/cat_AP_0.7_area'] == 1
    assert got['pascal/dog_AP_0.7_area'] == 1
    # an image without detections counts
    data[0] = sample(9, [])
    got = evaluate(PascalMetric(ann_file=ann_file, classwise=True), data)
    assert got['pascal/dog_AP_0.7_area'] == 0
    assert got['pascal/mAP_0.7_area'] == .5


@pytest.mark.parametrize('first', ['LoadAnnotations', 'Resize'])
@pytest.mark.parametrize('from_file', [True, False])
def test_resizing_the_truth_changes_nothing(tmp_path, ann_file, first,
                                            from_file):
    """The trap of peers: annotations loaded before the image is resized."""
    for name in ('4.png', '9.png'):
        cv2.imwrite(str(tmp_path / name), np.zeros((100, 400, 3), np.uint8))
    steps = [
        dict(type='LoadAnnotations', with_bbox=True),
        dict(type='Resize', scale=(200, 50), keep_ratio=True)
    ]
    pipeline = [dict(type='LoadImageFromFile')]
    pipeline += steps if first == 'LoadAnnotations' else steps[::-1]
    pipeline.append(
        dict(
            type='PackDetInputs',
            meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape',
                       'scale_factor', 'instances')))
    with DefaultScope.overwrite_default_scope('mmdet'):
        dataset = DATASETS.build(
            dict(
                type='CocoDataset',
                ann_file=ann_file,
                data_prefix=dict(img=str(tmp_path)),
                metainfo=dict(classes=('dog', 'cow', 'cat')),
                test_mode=True,
                pipeline=pipeline))
    wanted = {
        4: ([[200, 0, 300, 100]], [2]),
        9: ([[0, 0, 100, 100], [200, 0, 300, 100]], [0, 1])
    }
    samples = []
    for i in range(2):
        packed = dataset[i]['data_samples'].to_dict()
        boxes, labels = wanted[packed['img_id']]
        scale = .5 if first == 'LoadAnnotations' else 1.
        # what a metric would take from the sample is in this scale
        assert packed['gt_instances']['bboxes'].tensor.max() == 300 * scale
        samples.append(
            dict(packed, **sample(packed['img_id'], boxes, labels=labels)))
    metric = PascalMetric(ann_file=ann_file if from_file else None)
    got = evaluate(metric, samples, ('dog', 'cow', 'cat'))
    assert set(got) == KEYS
    assert all(value == 1 for value in got.values())


def test_nothing_to_find_is_nan_and_said():
    got = evaluate(PascalMetric(), [sample(1, [PART], [])])
    assert all(np.isnan(value) for value in got.values())


def test_errors(ann_file):
    with pytest.raises(ValueError, match=r'in \(0, 1\], got \(0.5, 70\)'):
        PascalMetric(iou_thrs=(.5, 70))
    with pytest.raises(ValueError, match='wanted IoU thresholds'):
        PascalMetric(iou_thrs=())
    with pytest.raises(TypeError, match='names for pred_classes'):
        PascalMetric(pred_classes='cat')
    with pytest.raises(KeyError, match="'instances' among the meta_keys"):
        evaluate(PascalMetric(), [sample(1, [])])
    with pytest.raises(KeyError, match='wanted image 1 in ann_file'):
        evaluate(PascalMetric(ann_file=ann_file), [sample(1, [])])
    with pytest.raises(ValueError, match='labels below 2.*got 2'):
        evaluate(PascalMetric(), [sample(1, [PART], [], labels=[2])])
    with pytest.raises(ValueError, match='wanted pred_classes, or a data set'):
        evaluate(PascalMetric(), [sample(1, [PART], [])], None)


def test_it_is_registered():
    metric = METRICS.build(dict(type='mmadvrain.PascalMetric', prefix='voc'))
    assert isinstance(metric, PascalMetric)
    assert metric.prefix == 'voc'
