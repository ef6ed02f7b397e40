"""Every view is scored over all images, whatever became of them."""
import json
import shutil
from types import SimpleNamespace

import pytest
import torch
from mmdet.evaluation import CocoMetric, VOCMetric
from mmengine.evaluator import Evaluator
from mmengine.structures import InstanceData
from torch import nn

from mmadvrain.engine.runner.view_scorer import ViewScorer
from mmadvrain.store.attack_store import STORED, AttackStore
from mmadvrain.victims.detector_predictions import pack_predictions
from tests.test_store.test_attack_store import finish
from tests.toys.made_once import toy_images, toy_root
from tests.toys.records import drop_record, put_record


class Oracle(nn.Module):
    """Finds the objects, or nothing."""

    def __init__(self, blind=False):
        super().__init__()
        self.blind = blind

    def test_step(self, data):
        samples = [sample.clone() for sample in data['data_samples']]
        for sample in samples:
            for kind in ('gt_instances', 'ignored_instances'):
                own = sample.get(kind)
                setattr(
                    sample, kind,
                    InstanceData(
                        bboxes=torch.as_tensor(
                            getattr(own.bboxes, 'tensor', own.bboxes)),
                        labels=own.labels))
            objects = sample.gt_instances[:0 if self.blind else None]
            sample.pred_instances = InstanceData(
                bboxes=objects.bboxes.clone(),
                scores=torch.ones(len(objects)),
                labels=objects.labels)
        return samples


def scorer(tmp_path, blind=False, images=None, metric=None, batch_size=1):
    images = images or toy_images()
    metric = metric or CocoMetric(
        ann_file=str(toy_root() / 'annotations.json'), metric='bbox')
    loader = SimpleNamespace(batch_size=batch_size, num_workers=0)
    return ViewScorer(
        Oracle(blind), Evaluator(metric), images, AttackStore(tmp_path),
        range(len(images)), loader)


def test_what_was_scored_is_kept(tmp_path):
    scoring = scorer(tmp_path)
    scoring.score_files('clean')
    images = scoring.images
    for index, name in enumerate(images.names):
        kept = json.loads(scoring.store.prediction('clean', name).read_text())
        truth = images.dataset.get_data_info(index)['instances']
        counted = [i for i in truth if not i['ignore_flag']]
        assert kept['labels'] == [i['bbox_label'] for i in counted]
        assert len(kept['scores']) == len(kept['bboxes']) == len(counted)


@pytest.mark.parametrize('batch_size', [1, 4])
def test_right_detections_score_one(tmp_path, batch_size):
    scores = scorer(tmp_path, batch_size=batch_size).score_files('clean')
    assert scores['coco/bbox_mAP'] == pytest.approx(1.)


def test_an_image_is_scored_alike_whatever_stands_beside_it(tmp_path):
    """Sizes differ, and no batch is padded to the largest of them."""
    seen = []
    view = scorer(tmp_path, batch_size=6)
    own = view.model.test_step

    def watched(data):
        seen.append([tuple(image.shape[1:]) for image in data['inputs']])
        return own(data)

    view.model.test_step = watched
    view.score_files('clean')
    assert sorted(seen) == [[(64, 64)], [(64, 96)] * 2, [(72, 80)], [(80, 80)],
                            [(96, 64)]]


def test_no_detection_at_all_scores_zero_and_not_nothing(tmp_path):
    """MMDetection returns an empty result, the best an attack can reach."""
    scores = scorer(tmp_path, blind=True).score_files('clean')
    assert scores['coco/bbox_mAP'] == scores['coco/bbox_mAP_50'] == 0.
    assert scores['coco/bbox_mAP_s'] == 0.
    assert scores['coco/bbox_mAP_l'] == -1.  # there are no large objects


def test_no_detection_with_another_metric(tmp_path):
    images = toy_images()
    images.dataset._metainfo['dataset_type'] = 'VOC2012'
    for blind, wanted in ((True, 0.), (False, 1.)):
        scores = scorer(
            tmp_path,
            blind,
            images,
            metric=VOCMetric(metric='mAP',
                             eval_mode='area')).score_files('clean')
        assert scores['pascal_voc/mAP'] == pytest.approx(wanted)


def test_a_clean_file_that_is_not_there_counts_as_found_nothing(tmp_path):
    images = toy_images()
    images.paths[0] = tmp_path / 'gone.png'
    scores = scorer(tmp_path, images=images, batch_size=4).score_files('clean')
    objects = [
        len(images[i].target.gt_instances) if i else 2 for i in range(6)
    ]
    assert 0 < scores['coco/bbox_mAP'] < 1
    assert sum(objects) == 10


def test_a_stored_image_that_is_not_there_is_an_error(tmp_path):
    """Else the attack would be credited with what nobody saw."""
    view = scorer(tmp_path)
    for name, path in zip(view.images.names, view.images.paths):
        copy = view.store.image('random', name)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    whole = view.score_files('random')['coco/bbox_mAP']
    assert whole == scorer(tmp_path).score_files('clean')['coco/bbox_mAP']
    view.store.image('random', view.images.names[2]).unlink()
    with pytest.raises(FileNotFoundError, match="1 of 6 images .*'random'"):
        view.score_files('random')


def test_an_image_without_objects_is_in_the_score(tmp_path):
    """False alarms on it, more certain than the objects, cost precision."""
    view = scorer(tmp_path)
    own = view.model.test_step

    def alarmed(data):
        samples = own(data)
        for sample in samples:
            if sample.img_id == 7:
                sample.pred_instances = InstanceData(
                    bboxes=torch.tensor([[1., 1., 20., 20.]] * 3),
                    scores=torch.full((3, ), 2.),
                    labels=torch.arange(3))
        return samples

    view.model.test_step = alarmed
    assert view.score_files('clean')['coco/bbox_mAP'] < 0.9


def test_only_the_images_of_the_data_set_count(tmp_path):
    images = toy_images()
    for name in ('keys', 'names', 'paths'):
        setattr(images, name, getattr(images, name)[:2])
    view = scorer(tmp_path, images=images)
    assert view.evaluator.metrics[0].img_ids == [11, 5]
    assert view.score_files('clean')['coco/bbox_mAP'] == pytest.approx(1.)


def test_annotations_of_other_images(tmp_path):
    images = toy_images()
    images.keys = [11, 5, 42, 7, 30, 999]
    with pytest.raises(
            ValueError,
            match='knows 6 images, but not 1 of the 6 '
            'of the test data, the first has id 999'):
        scorer(tmp_path, images=images)


def test_memory_is_scored_from_records(tmp_path):
    view = scorer(tmp_path)
    for index, name in enumerate(view.images.names[:-1]):
        finish(view.store, name)
        sample = view.model.test_step(
            dict(data_samples=[view.images.dataset[index]['data_samples']]))[0]
        put_record(view.store, name,
                   dict(adversarial_float=pack_predictions(sample)))
    put_record(view.store, view.images.names[-1], dict(error='broken'))
    # the oracle finds all objects of the clean image whose attack failed
    assert view.score_memory()['coco/bbox_mAP'] == pytest.approx(1.)
    drop_record(tmp_path, view.images.names[0])
    view.store = AttackStore(tmp_path)
    scores = view.score_memory()
    assert 0.5 < scores['coco/bbox_mAP'] < 1.
    assert STORED == ('adversarial', 'random')
