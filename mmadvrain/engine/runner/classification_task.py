from pathlib import Path
from typing import Any

import torch
from mmengine.dataset import BaseDataset, pseudo_collate
from mmengine.dist import is_main_process
from mmengine.evaluator import Evaluator
from torch import nn

from mmadvrain.datasets.native_images import NativeImages, NativeSample
from mmadvrain.registry import TASK_UTILS
from mmadvrain.structures.class_data_sample import ClassDataSample
from mmadvrain.utils.files import write_json

from .base_task import BaseTask, first_readable

NO_CLASS = -1
"""What an image that could not be read is taken for."""


@TASK_UTILS.register_module()
class ClassificationTask(BaseTask):
    """Images with one class each, and an :class:`ImageClassifier`.

    The predictions on each scored view go to ``predictions/VIEW.json``, by
    image id: ``gt``, ``pred`` and ``loss``.
    """

    def target(self, metainfo: dict, info: dict) -> ClassDataSample:
        """See :class:`BaseTask`; the true class."""
        sample = ClassDataSample(metainfo=dict(metainfo))
        return sample.set_label(info['gt_label'])

    def build_victim(self, model: nn.Module, dataset: BaseDataset,
                     cfg: dict | None) -> Any:
        """See :class:`BaseTask`; defaults to :class:`ClassifierVictim`."""
        cfg = cfg or dict(type='mmadvrain.ClassifierVictim')
        return TASK_UTILS.build(dict(cfg, model=model))

    def check(self, victim: Any, images: NativeImages) -> NativeSample:
        """See :class:`BaseTask`."""
        sample = first_readable(images)
        info = images.dataset[images.keys.index(sample.key)]
        data = victim.model.data_preprocessor(
            pseudo_collate([dict(info)]), False)
        theirs = data['inputs'][0]
        ours = sample.clean.to(theirs)
        if ours.shape != theirs.shape or float((ours - theirs).abs().max()):
            steps = [
                type(step).__name__
                for step in images.dataset.pipeline.transforms
            ]
            raise ValueError(
                'a classifier is attacked at native resolution, and resizes '
                'and normalises itself: the test pipeline must load images '
                f'and pack them, but {" -> ".join(steps)} gives '
                f'{tuple(theirs.shape)} of {tuple(ours.shape)}')
        return sample

    def pack(self, prediction: ClassDataSample) -> dict:
        """See :class:`BaseTask`."""
        return prediction.to_numbers()

    def restore(self, images: NativeImages, index: int,
                packed: dict | None) -> ClassDataSample:
        """See :class:`BaseTask`."""
        info = images.dataset.get_data_info(index)
        sample = self.target(
            dict(img_id=images.keys[index], img_path=info['img_path']), info)
        packed = packed or dict(pred=NO_CLASS)
        sample.pred_label = torch.tensor(packed['pred'])
        if 'loss' in packed:
            sample.pred_loss = torch.tensor(packed['loss'])
        return sample

    def scored(self, view: str, evaluator: Evaluator, folder: Path) -> None:
        """Keep predictions; those on clean images tell the metrics more."""
        for metric in evaluator.metrics:
            last = getattr(metric, 'last', None)
            if last is None:
                continue
            if view == 'clean':
                metric.reference = last
            if is_main_process():
                write_json(folder / 'predictions' / f'{view}.json', last)
