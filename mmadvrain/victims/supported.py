"""What cannot be attacked as a detector of images, and why."""
from mmdet.structures import DetDataSample
from mmengine.dataset import BaseDataset
from mmengine.evaluator import BaseMetric
from mmengine.structures import BaseDataElement
from torch import nn

from .instance_masks import wants_masks

# transforms whose place in the image no gradient can follow
_PIPELINES = dict(
    RandomCenterCropPad='moves the image onto a canvas of its own',
    TestTimeAug='makes several inputs of one image',
    MultiScaleFlipAug='makes several inputs of one image',
    LoadProposals='takes proposals from a file, which no rain changes')


def check_detector(model: nn.Module) -> None:
    """Refuse models that do not detect objects in single images.

    Raises:
        ValueError: Says what is wanted and what came.
    """
    kinds = {base.__name__ for base in type(model).__mro__}
    name, why = type(model).__name__, ''
    if 'CLRNet' in kinds:
        why = 'finds lanes'
    elif 'RPN' in kinds:
        why = 'finds regions of no class'
    elif 'BaseMOTModel' in kinds:
        why = 'tracks objects through videos: attack its `detector` alone'
    elif 'SemiBaseDetector' in kinds:
        why = ('learns from labelled and other images at once: attack the '
               '`detector` in its config alone')
    elif 'BaseReID' in kinds or not hasattr(model, 'loss'):
        why = 'finds no boxes'
    elif getattr(model, 'with_roi_head',
                 False) and not getattr(model, 'with_rpn', True):
        why = 'takes its proposals from a file, which no rain changes'
    if why:
        raise ValueError('an attack wants a detector that finds objects in '
                         f'single images by itself, but {name} {why}')


def check_pipeline(dataset: BaseDataset) -> None:
    """Refuse test pipelines that cannot be differentiated through.

    Raises:
        ValueError: Names the transform and what it does.
    """
    for step in dataset.pipeline.transforms:
        name = type(step).__name__
        if name in _PIPELINES:
            raise ValueError(f'the test pipeline has {name}, which '
                             f'{_PIPELINES[name]}: an attack cannot follow')


def check_truth(model: nn.Module, sample: DetDataSample) -> None:
    """Refuse annotations that lack what a detector's loss compares with.

    Raises:
        ValueError: Names it.
    """
    name = type(model).__name__
    if wants_masks(model) and 'masks' not in sample.gt_instances:
        raise ValueError(
            f'the training loss of {name} compares masks, but not every '
            'object of the annotations has a segmentation: take other '
            'objectives, or annotations with masks')
    semantic = any(
        part.rsplit('.', 1)[-1] == 'semantic_head'
        for part, _ in model.named_modules())
    if semantic and 'gt_sem_seg' not in sample:
        raise ValueError(
            f'the training loss of {name} compares a semantic map, but '
            'the data have no map of this image: name its folder as '
            '`data_prefix=dict(seg=...)` of the test data, or take other '
            'objectives')


def check_metric(metric: BaseMetric, prediction: BaseDataElement) -> None:
    """Refuse a metric that asks for what a victim does not predict.

    Raises:
        ValueError: Says what the metric asks for.
    """
    name, asked = type(metric).__name__, getattr(metric, 'metrics', None) or ()
    if 'Panoptic' in name and 'pred_panoptic_seg' not in prediction:
        raise ValueError(f'{name} asks for panoptic segments, which the '
                         'detector does not predict: take CocoMetric')
    found = prediction.get('pred_instances')
    if 'segm' in asked and found is not None and 'masks' not in found:
        raise ValueError(f"{name} asks for 'segm', but the detector predicts "
                         'no masks: leave it out of `metric`')
