import json
import logging
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.logging import MMLogger
from PIL import Image

from mmadvrain.datasets.kitti_format import read_kitti_file
from mmadvrain.evaluation.metrics.kitti_metric import KittiMetric
from mmadvrain.registry import METRICS
from tests.test_tools.run_tool import load_tool

CONVERT = load_tool('dataset_converters/kitti2coco.py').kitti_to_coco
CLASSES = ('Car', 'Pedestrian', 'Cyclist')


def prediction(arrays, classes=CLASSES):
    return dict(
        bboxes=torch.from_numpy(arrays['bbox']),
        scores=torch.from_numpy(arrays['score']),
        labels=torch.tensor([classes.index(name) for name in arrays['name']],
                            dtype=torch.int64))


def evaluate(metric, samples, classes=CLASSES):
    metric.dataset_meta = dict(classes=classes)
    metric.process({}, samples)
    return metric.evaluate(len(samples))


def line(name, box, score=None, occluded=0):
    fields = [
        name, 0, occluded, -10, *box, -1, -1, -1, -1000, -1000, -1000, -10
    ]
    return ' '.join(map(str, fields if score is None else fields + [score]))


@pytest.fixture
def folder(tmp_path):
    """Two images, a car in each; a van and a DontCare region in the first."""
    labels = tmp_path / 'label_2'
    labels.mkdir()
    (labels / '000000.txt').write_text('\n'.join([
        line('Car', [0, 0, 100, 60]),
        line('Van', [200, 0, 300, 60]),
        line('DontCare', [400, 0, 600, 60], occluded=-1)
    ]))
    (labels / '000001.txt').write_text(line('Car', [0, 0, 100, 60]))
    return labels


def samples(boxes_per_image, labels=None, **more):
    result = []
    for i, boxes in enumerate(boxes_per_image):
        result.append(
            dict(
                img_path=f'/somewhere/else/00000{i}.png',
                img_id=i,
                pred_instances=dict(
                    bboxes=torch.tensor(boxes).reshape(-1, 4).float(),
                    scores=torch.linspace(.9, .5, len(boxes)),
                    labels=torch.full((len(boxes), ), 0)
                    if labels is None else torch.tensor(labels[i])),
                **more))
    return result


def labelled(folder, data):
    """Give each sample the labels of its file in the folder."""
    for sample in data:
        path = folder / f'{Path(sample["img_path"]).stem}.txt'
        sample['kitti_annotations'] = read_kitti_file(path)
    return data


def test_golden_numbers_through_the_metric(shared_data):
    golden = shared_data / 'golden' / 'kitti'
    expected = json.loads((golden / 'expected.json').read_text())
    data = [
        dict(
            img_path=f'x/{path.stem}.png',
            pred_instances=prediction(read_kitti_file(path, True)))
        for path in sorted((golden / 'detections').iterdir())
    ]
    got = evaluate(KittiMetric(), labelled(golden / 'label_2', data))
    for name in CLASSES:
        for level in ('easy', 'moderate', 'hard'):
            for kind in ('R40', 'R11'):
                assert got[f'kitti/{name}_{level}_{kind}'] == pytest.approx(
                    expected[name][level][kind], abs=1e-6)
    for level in ('easy', 'moderate', 'hard'):
        assert got[f'kitti/mAP_{level}_R40'] == pytest.approx(
            np.mean([expected[name][level]['R40'] for name in CLASSES]))
    assert got['kitti/num_images'] == 75
    assert got['kitti/nan_points'] == 0


def test_van_and_dont_care_are_not_wrong_and_missing_detections_count(folder):
    first = [[0, 0, 100, 60.], [200, 0, 300, 60], [410, 0, 500, 60]]
    got = evaluate(KittiMetric(), labelled(folder, samples([first, []])))
    # two objects, one found, no false positive: one point of the curve
    assert got['kitti/Car_easy_R11'] == pytest.approx(100 / 11)
    assert got['kitti/Car_easy_R40'] == 0
    assert got['kitti/num_images'] == 2
    both = evaluate(KittiMetric(), labelled(folder, samples([first,
                                                             first[:1]])))
    assert both['kitti/Car_easy_R40'] == pytest.approx(2.5)


def test_both_sources_of_truth_agree(folder, tmp_path):
    images = tmp_path / 'image_2'
    images.mkdir()
    for i in range(2):
        Image.new('RGB', (640, 64)).save(images / f'00000{i}.png')
    ann_file = tmp_path / 'ann.json'
    ann_file.write_text(json.dumps(CONVERT(images, folder)))
    boxes = [[[0, 0, 95, 60.], [200, 0, 300, 60], [410, 0, 500, 60],
              [700, 0, 800, 60]], [[0, 0, 100, 60.]]]
    data = samples(boxes)
    expected = evaluate(KittiMetric(ann_file=str(ann_file)), data)
    assert 0 < expected['kitti/Car_easy_R40'] < 5
    for sample in labelled(folder, data):
        # resized truth in the sample is not looked at
        sample['gt_instances'] = dict(bboxes=torch.zeros(1, 4))
    assert evaluate(KittiMetric(), data) == expected


def test_class_map_drops_what_is_not_in_it(folder):
    classes = ('person', 'bicycle', 'car', 'truck')
    boxes = [[[0, 0, 100, 60.], [0, 0, 100, 60]], [[0, 0, 100, 60.]]]
    data = labelled(folder, samples(boxes, labels=[[3, 2], [2]]))
    metric = KittiMetric(class_map=dict(car='Car', person='Pedestrian'))
    got = evaluate(metric, data, classes)
    assert got['kitti/Car_easy_R40'] == pytest.approx(2.5)
    given = KittiMetric(
        class_map=dict(car='Car', person='Pedestrian'), pred_classes=classes)
    assert evaluate(given, data) == got


def test_nothing_left_is_reported(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(MMLogger, 'get_current_instance',
                        lambda: logging.getLogger('test'))
    (tmp_path / '000000.txt').write_text('\n'.join([
        line('Car', [0, 0, 100, 27], occluded=3),
        line('Car', [0, 0, 100, 30])
    ]))
    data = samples([[[0, 0, 100, 24.], [0, 0, 100, 28.5]]])
    got = evaluate(KittiMetric(), labelled(tmp_path, data))
    assert got['kitti/Car_moderate_R11'] == 0
    # moderate and hard have the same objects here
    assert got['kitti/nan_points'] == 2
    assert 'Car hard: nothing left to divide at 1 points' in caplog.text
    assert 'Cyclist easy: no object counts, so AP is 0' in caplog.text


def test_labels_that_were_not_evaluated_are_reported(folder, tmp_path, caplog,
                                                     monkeypatch):
    monkeypatch.setattr(MMLogger, 'get_current_instance',
                        lambda: logging.getLogger('test'))
    images = tmp_path / 'image_2'
    images.mkdir()
    for i in range(2):
        Image.new('RGB', (640, 64)).save(images / f'00000{i}.png')
    ann_file = tmp_path / 'ann.json'
    ann_file.write_text(json.dumps(CONVERT(images, folder)))
    evaluate(KittiMetric(ann_file=str(ann_file)), samples([[]]))
    assert 'evaluated 1 of 2 labelled images' in caplog.text


def test_errors(folder, tmp_path):
    data = samples([[[0, 0, 100, 60.]], []])
    with pytest.raises(FileNotFoundError, match='none.json'):
        KittiMetric(ann_file=str(tmp_path / 'none.json'))
    with pytest.raises(TypeError, match='names for pred_classes'):
        KittiMetric(pred_classes='Car')
    with pytest.raises(ValueError, match='classes in min_overlaps'):
        KittiMetric(min_overlaps={})
    with pytest.raises(KeyError, match="'kitti_annotations' among the meta"):
        evaluate(KittiMetric(), data)
    with pytest.raises(ValueError, match='class_map maps names'):
        evaluate(KittiMetric(), labelled(folder, data), ('dog', 'cat'))
    with pytest.raises(ValueError, match='labels below 1.*got 7'):
        evaluate(KittiMetric(),
                 labelled(folder, samples([[[0, 0, 9, 9.]]], [[7]])),
                 ('Car', ))
    (tmp_path / 'ann.json').write_text('{"images": [], "categories": []}')
    with pytest.raises(KeyError, match='wanted image 000000 in the annot'):
        evaluate(KittiMetric(ann_file=str(tmp_path / 'ann.json')), data)


def test_it_is_registered():
    metric = METRICS.build(
        dict(type='mmadvrain.KittiMetric', min_overlaps=dict(Van=.6)))
    assert isinstance(metric, KittiMetric)
    assert metric.prefix == 'kitti'
    assert metric.min_overlaps == dict(Van=.6)
