"""Labels of the data are those of the detector by name, or are refused."""
from types import SimpleNamespace

import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData
from torch import nn

from mmadvrain.victims.match_classes import match_classes, speak_labels


class Knowing(nn.Module):
    """Detects one object of each of its classes."""

    def __init__(self, count, classes=None):
        super().__init__()
        self.bbox_head = SimpleNamespace(num_classes=count)
        if classes:
            self.dataset_meta = dict(classes=classes)

    def predict(self, inputs, samples):
        count = self.bbox_head.num_classes
        return [
            DetDataSample(
                pred_instances=InstanceData(
                    labels=torch.arange(count), scores=torch.ones(count)))
        ]


@pytest.mark.parametrize('count, known, classes, labels', [
    (2, None, ['a', 'b'], None),
    (2, ('a', 'b'), ['a', 'b'], None),
    (2, ('a', 'b'), ['b', 'a'], [1, 0]),
    (4, ('bus', 'Car', 'cat', 'Person'), ['person', 'car'], [3, 1]),
    (4, ('a', 'b', 'c', 'd'), None, None),
])
def test_labels_are_mapped_by_name(count, known, classes, labels):
    assert match_classes(Knowing(count, known), classes) == labels


@pytest.mark.parametrize('count, known, classes, message', [
    (80, None, ['car', 'bus'], r'2 classes \(car, bus\).*80 without names'),
    (3, ('a', 'b', 'c'), ['a', 'van'], r'\(a, van\).*3 classes \(a, b, c\)'),
    (2, ('a', 'b'), ['a', 'A'], r'every class of the data'),
])
def test_what_cannot_be_mapped_is_refused_with_both_lists(
        count, known, classes, message):
    with pytest.raises(ValueError, match=message):
        match_classes(Knowing(count, known), classes)


def test_predictions_of_other_classes_are_left_out():
    model = Knowing(4, ('bus', 'car', 'cat', 'person'))
    speak_labels(model, [3, 1])
    sample, = model.predict(None, None)
    assert sample.pred_instances.labels.tolist() == [1, 0]
    speak_labels(model, [3, 1])  # again changes nothing
    sample, = model.predict(None, None)
    assert sample.pred_instances.labels.tolist() == [1, 0]
