"""Top-1 and success rates of data samples."""
import json

import pytest

from mmadvrain.evaluation.metrics import ImageQualityMetric, SuccessRateMetric
from mmadvrain.structures.class_data_sample import ClassDataSample
from mmadvrain.typing import ComparesWithClean


def sample(key, label, pred):
    found = ClassDataSample(metainfo=dict(img_id=key)).set_label(label)
    found.pred_label = found.gt_label + (pred - label)
    return found.to_dict()


def evaluate(metric, samples):
    metric.process(None, samples)
    return metric.evaluate(len(samples))


def test_rates_with_and_without_the_clean_predictions(tmp_path):
    metric = SuccessRateMetric()
    clean = evaluate(metric, [sample('a', 1, 1), sample('b', 2, 0)])
    assert clean == {'cls/top1': 0.5, 'cls/success_all': 0.5}
    assert metric.last == dict(a=dict(gt=1, pred=1), b=dict(gt=2, pred=0))
    metric.reference = metric.last
    attacked = [sample('b', 2, 2), sample('a', 1, 0)]
    found = evaluate(metric, attacked)
    assert found == {
        'cls/top1': 0.5,
        'cls/success_all': 0.5,
        'cls/success_on_correct': 1.
    }
    path = tmp_path / 'clean.json'
    path.write_text(json.dumps(metric.reference))
    assert evaluate(SuccessRateMetric(clean=str(path)), attacked) == found


def test_refuses_clean_predictions_of_other_images(tmp_path):
    path = tmp_path / 'clean.json'
    path.write_text(json.dumps(dict(a=dict(gt=1, pred=1))))
    with pytest.raises(ValueError, match='none of 1, the first is b'):
        evaluate(SuccessRateMetric(clean=str(path)), [sample('b', 1, 1)])
    with pytest.raises(FileNotFoundError, match='a file of predictions'):
        SuccessRateMetric(clean=str(tmp_path / 'none.json'))


def test_it_is_known_by_what_it_keeps():
    assert isinstance(SuccessRateMetric(), ComparesWithClean)
    # whose `reference` is the name of an image
    assert not isinstance(ImageQualityMetric(), ComparesWithClean)
