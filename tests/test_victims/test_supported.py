"""What cannot be attacked as a detector is refused in one sentence."""
import numpy as np
import pytest
import torch
from mmdet.evaluation import CocoMetric
from mmdet.structures import DetDataSample
from mmengine.config import Config
from mmengine.evaluator import BaseMetric
from mmengine.registry import DATASETS
from mmengine.structures import BaseDataElement, InstanceData, PixelData
from torch import nn

from mmadvrain.apis.attack import run_attack
from mmadvrain.victims.supported import (
    check_detector,
    check_metric,
    check_pipeline,
    check_truth,
)
from tests.toys.made_once import toy_root, trained_weights
from tests.toys.toy_data import toy_dataset, write_toy_coco
from tests.toys.toy_detector import (
    build_toy_detector,
    toy_attack,
    toy_config,
    toy_faster_rcnn,
    toy_retinanet,
)

LOSS = [dict(type='mmadvrain.DetectorLossObjective')]


def kind_of(name, **content):
    """A model whose base class has the name of one of MMDetection's."""
    base = type(name, (nn.Module, ), dict(loss=None))
    return type(f'My{name}', (base, ), content)()


@pytest.mark.parametrize('name, why', [
    ('CLRNet', 'MyCLRNet finds lanes'),
    ('RPN', 'regions of no class'),
    ('BaseMOTModel', 'tracks objects .* attack its `detector` alone'),
    ('SemiBaseDetector', 'labelled and other images at once'),
    ('BaseReID', 'finds no boxes'),
])
def test_other_tasks_are_refused(name, why):
    with pytest.raises(ValueError, match=why):
        check_detector(kind_of(name))


def test_a_second_stage_without_a_first_is_refused():
    model = toy_faster_rcnn()
    del model['rpn_head'], model['train_cfg']['rpn']
    model['type'] = 'FastRCNN'
    del model['test_cfg']['rpn'], model['train_cfg']['rpn_proposal']
    with pytest.raises(ValueError, match='proposals from a file'):
        check_detector(build_toy_detector(model))


@pytest.mark.parametrize('model', [toy_faster_rcnn, toy_retinanet])
def test_detectors_of_images_are_taken(model):
    check_detector(build_toy_detector(model()))


@pytest.mark.parametrize('step, why', [
    (dict(
        type='RandomCenterCropPad',
        ratios=None,
        border=None,
        mean=[0, 0, 0],
        std=[1, 1, 1],
        to_rgb=True,
        test_mode=True,
        test_pad_mode=['logical_or', 127]), 'moves the image onto a canvas'),
    (dict(
        type='TestTimeAug',
        transforms=[[dict(type='Resize', scale=(64, 64), keep_ratio=True)],
                    [dict(type='PackDetInputs')]]), 'several inputs of one'),
])
def test_pipelines_that_no_gradient_can_follow_are_refused(step, why):
    dataset = DATASETS.build(
        dict(
            toy_dataset(toy_root(), [dict(type='LoadImageFromFile'), step]),
            _scope_='mmdet'))
    with pytest.raises(ValueError, match=why):
        check_pipeline(dataset)


def test_a_loss_that_wants_maps_says_where_they_would_stand():
    model = nn.Module()
    model.roi_head = nn.Module()
    model.roi_head.semantic_head = nn.Linear(1, 1)
    sample = DetDataSample(gt_instances=InstanceData(masks=[]))
    with pytest.raises(ValueError, match=r'data_prefix=dict\(seg='):
        check_truth(model, sample)
    sample.gt_sem_seg = PixelData(sem_seg=torch.zeros(1, 2, 2))
    check_truth(model, sample)


def test_metrics_that_ask_for_what_is_not_predicted_are_refused(tmp_path):
    boxes = BaseDataElement(pred_instances=InstanceData(scores=[]))
    path = str(write_toy_coco(tmp_path))
    check_metric(CocoMetric(path, metric='bbox'), boxes)
    with pytest.raises(ValueError, match='predicts no masks'):
        check_metric(CocoMetric(path, metric=['bbox', 'segm']), boxes)

    class PanopticMetric(BaseMetric):
        process = compute_metrics = None

    with pytest.raises(ValueError, match='does not predict: take CocoMetric'):
        check_metric(PanopticMetric(), boxes)
    boxes.pred_panoptic_seg = PixelData()
    check_metric(PanopticMetric(), boxes)


@pytest.fixture
def root(tmp_path):
    write_toy_coco(tmp_path)
    return tmp_path


def test_activation_checkpointing_changes_nothing(root):
    """It recomputes activations, which a hooked and frozen model refuses."""
    results = []
    for with_cp in (False, True):
        model = toy_faster_rcnn()
        model['backbone']['with_cp'] = with_cp
        config = toy_config(root, model, toy_attack(2, LOSS))
        config.work_dir = str(root / f'cp_{with_cp}')
        metrics = run_attack(config, str(trained_weights()))
        assert not metrics.pop('run/failed_images')
        results.append({
            key: value
            for key, value in metrics.items() if 'second' not in key
        })
    assert results[0] == results[1]


class InfiniteRetina(type(build_toy_detector(toy_retinanet()))):
    """Predicts boxes of no end, as random weights of YOLOX do."""

    def predict(self, *args, **kwargs):
        samples = super().predict(*args, **kwargs)
        for sample in samples:
            bad = torch.tensor([[0., 0., np.inf, np.inf], [np.nan, 1., 2., 3.],
                                [5., 5., 5., 9.]])
            sample.pred_instances = InstanceData(
                bboxes=bad,
                scores=torch.ones(3),
                labels=torch.zeros(3, dtype=torch.long))
        return samples


def test_boxes_that_are_not_finite_do_not_end_a_run(root, monkeypatch):
    from mmdet.registry import MODELS
    monkeypatch.setitem(MODELS._module_dict, 'InfiniteRetina', InfiniteRetina)
    model = dict(toy_retinanet(), type='InfiniteRetina')
    config = toy_config(
        root,
        model,
        toy_attack(1, LOSS),
        custom_hooks=[
            dict(type='mmadvrain.RainVisualizationHook', num_images=6)
        ])
    metrics = run_attack(config, str(trained_weights('one_stage')))
    assert metrics['run/failed_images'] == 0
    assert len(list((root / 'work_dir/pictures').glob('*.png'))) == 6


def test_labels_are_matched_by_name_from_checkpoint_to_scores(root):
    """The data know two of the detector's classes, in another order."""
    weights = root / 'named.pth'

    def clean_ap(classes, named=('red', 'green', 'blue')):
        torch.save(
            dict(
                state_dict=torch.load(trained_weights()),
                meta=dict(dataset_meta=dict(classes=named))), weights)
        config = Config(toy_config(root, attack=toy_attack(1, LOSS)).to_dict())
        config.test_dataloader.dataset.metainfo.classes = classes
        config.work_dir = str(root / '_'.join(classes))
        config.test_evaluator.classwise = True
        return run_attack(config, str(weights))

    whole = clean_ap(('red', 'green', 'blue'))
    part = clean_ap(('green', 'blue'))
    for name in ('green', 'blue'):
        assert part[f'clean/coco/{name}_precision'] == pytest.approx(
            whole[f'clean/coco/{name}_precision'])
        assert part[f'clean/coco/{name}_precision'] > 0.3
    both = r'2 classes \(green, blue\).*3 classes \(red, green, purple\)'
    with pytest.raises(ValueError, match=both):
        clean_ap(('green', 'blue'), ('red', 'green', 'purple'))
