from collections.abc import Sequence
from typing import Any

import torch
from mmdet.structures import DetDataSample
from mmengine.dataset import BaseDataset, pseudo_collate
from torch import nn

from mmadvrain.datasets.native_images import (
    NativeImages,
    NativeSample,
    empty_prediction,
    ground_truth,
    no_detection,
)
from mmadvrain.registry import TASK_UTILS
from mmadvrain.store.attack_store import (
    AttackStore,
    pack_predictions,
    unpack_predictions,
)
from mmadvrain.store.coco_export import write_view_annotations

from .base_task import BaseTask, first_readable


@TASK_UTILS.register_module()
class DetectionTask(BaseTask):
    """MMDetection's data sets, detectors and metrics."""

    def target(self, metainfo: dict, info: dict) -> DetDataSample:
        """See :class:`BaseTask`; objects in pixels of the input."""
        return ground_truth(metainfo, info)

    def build_victim(self, model: nn.Module, dataset: BaseDataset,
                     cfg: dict | None) -> Any:
        """See :class:`BaseTask`; defaults to :class:`DetectorVictim`."""
        cfg = cfg or dict(type='mmadvrain.DetectorVictim')
        return TASK_UTILS.build(
            dict(cfg, model=model, pad_value=self._pad_value(dataset)))

    @staticmethod
    def _pad_value(dataset: BaseDataset) -> Sequence[float]:
        """Colour of the padding that the test pipeline adds."""
        for step in dataset.pipeline.transforms:
            value = getattr(step, 'pad_val', None)
            if value is not None:
                value = value['img'] if isinstance(value, dict) else value
                return value if isinstance(value,
                                           (tuple, list)) else (value, ) * 3
        return (0, 0, 0)

    def check(self, victim: Any, images: NativeImages) -> NativeSample:
        """See :class:`BaseTask`."""
        sample = first_readable(images)
        info = images.dataset[images.keys.index(sample.key)]
        preprocessor = victim.model.data_preprocessor
        data = preprocessor(pseudo_collate([dict(info)]), False)
        with torch.no_grad():
            ours, _ = victim.encode([sample.image], [sample.target])
        theirs = data['inputs']
        same = ours.shape == theirs.shape
        scale = float(getattr(preprocessor, 'std', torch.ones(1)).min())
        apart = float((ours - theirs).abs().mean()) * scale if same else 0
        if not same or apart > 1:
            steps = [
                type(step).__name__
                for step in images.dataset.pipeline.transforms
            ]
            found = (f'grey levels that differ by {apart:.1f} on average'
                     if same else f'an input of {tuple(theirs.shape)}')
            raise ValueError(
                'the test pipeline does something that cannot be '
                f'differentiated through: {" -> ".join(steps)} gives '
                f'{found}, where loading, a bilinear resize with fixed ratio '
                'and padding at the bottom right give '
                f'{tuple(ours.shape)}')
        return sample

    def pack(self, prediction: DetDataSample) -> dict:
        """See :class:`BaseTask`."""
        return pack_predictions(prediction)

    def restore(self, images: NativeImages, index: int,
                packed: dict | None) -> DetDataSample:
        """See :class:`BaseTask`."""
        sample = empty_prediction(images, index)
        if packed is not None:
            sample.pred_instances = unpack_predictions(packed)
        return sample

    def found(self, sample: DetDataSample) -> bool:
        """Whether anything was detected."""
        return bool(len(sample.pred_instances))

    def fill(self, sample: DetDataSample) -> None:
        """Add a box of score 0 that hits no object.

        Some metrics return nothing where nothing was detected; it makes them
        return 0.
        """
        sample.pred_instances = no_detection(1)

    def export(self, images: NativeImages, store: AttackStore,
               view: str) -> None:
        """Write annotations in COCO form that name the stored images."""
        write_view_annotations(images, store, view)
