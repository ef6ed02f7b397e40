import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from mmdet.structures import DetDataSample
from mmdet.visualization import DetLocalVisualizer
from mmengine.dataset import BaseDataset, pseudo_collate
from mmengine.structures import InstanceData
from torch import Tensor
from typing_extensions import Self

from mmadvrain.datasets.native_images import (
    NativeImages,
    NativeSample,
    empty_prediction,
    ground_truth,
    no_detection,
)
from mmadvrain.functional.pixel_space import image_hw, to_network_input
from mmadvrain.functional.resize_pad import ResizePad, move_boxes
from mmadvrain.registry import TASK_UTILS
from mmadvrain.store.attack_store import AttackStore
from mmadvrain.store.coco_export import write_view_annotations
from mmadvrain.typing import BgrLevels, Image, SizeHW
from mmadvrain.utils.frozen import frozen

from .base_victim import BaseVictim, first_readable, pipeline_steps
from .detector_outputs import DetectorOutputs
from .detector_predictions import pack_predictions, unpack_predictions

if TYPE_CHECKING:
    from mmdet.models.detectors import BaseDetector


@TASK_UTILS.register_module()
class DetectorVictim(BaseVictim[DetDataSample, DetectorOutputs]):
    """An MMDetection detector, attacked at an image's native resolution.

    Resize and padding of the test pipeline are differentiable here, and
    normalisation is the detector's own data preprocessor, so a gradient
    reaches native pixels and never the padding. Images share a forward pass
    only where their padded sizes are equal, since padding changes a
    detector's output.

    Args:
        model: The detector, with its data preprocessor.
        pad_value: BGR in [0, 255] of the padding that the test pipeline adds.
            Defaults to (0, 0, 0).
        **options: Of :class:`BaseVictim`.
    """

    model: 'BaseDetector'

    def __init__(self,
                 model: 'BaseDetector',
                 pad_value: Sequence[float] = (0, 0, 0),
                 **options: Any) -> None:
        super().__init__(model, **options)
        self.pad_value = tuple(pad_value)

    @classmethod
    def from_dataset(cls, model: 'BaseDetector', dataset: BaseDataset,
                     **options: Any) -> Self:
        """See :class:`BaseVictim`; takes the pipeline's colour of padding."""
        options.setdefault('pad_value', _pad_value(dataset))
        return super().from_dataset(model, dataset, **options)

    def batch_shape(self, target: DetDataSample) -> tuple[int, ...]:
        """Padded height and width, in units of the divisor of padding."""
        divisor = getattr(self.model.data_preprocessor, 'pad_size_divisor', 1)
        return tuple(-(-int(s) // divisor) for s in target.img_shape[:2])

    def moved(self, target: DetDataSample, place: ResizePad,
              size_hw: SizeHW) -> DetDataSample:
        """Move the objects; the network's input keeps its size.

        Args:
            target: Of the image as it was; stays as it is.
            place: What was done to the image.
            size_hw: Height and width of the image before.

        Returns:
            Ground truth in pixels of the network's new input.
        """
        target = copy.deepcopy(target)
        old = target.metainfo.get('scale_factor', (1., 1.))
        new = tuple(
            round(size_hw[axis] * scale) / place.canvas_hw[axis]
            for axis, scale in ((1, old[0]), (0, old[1])))
        target.set_metainfo(
            dict(scale_factor=new, ori_shape=tuple(place.canvas_hw)))
        for name in ('gt_instances', 'ignored_instances'):
            objects = target.get(name)
            if objects is not None:
                boxes = objects.bboxes
                native = boxes / boxes.new_tensor(tuple(old) * 2)
                objects.bboxes = move_boxes(native, place, size_hw) * \
                    boxes.new_tensor(new * 2)
        return target

    def guess(self, image: Image, min_score: float = 0.3) -> DetDataSample:
        """Take what the detector sees for true; see :class:`BaseVictim`.

        Args:
            image: The network's input as it is; nothing is resized.
            min_score: Objects of a lower score are left out. Defaults to 0.3.

        Returns:
            For :meth:`forward`; of no object, where none is seen.
        """
        size_hw = image_hw(image)
        target = DetDataSample(
            metainfo=dict(
                img_id=0,
                img_path='',
                ori_shape=size_hw,
                img_shape=size_hw,
                scale_factor=(1., 1.)))
        seen = self.predict([image], [target])[0].pred_instances
        seen = seen[seen.scores >= min_score]
        target.gt_instances = InstanceData(
            bboxes=seen.bboxes, labels=seen.labels)
        target.ignored_instances = InstanceData(
            bboxes=seen.bboxes[:0], labels=seen.labels[:0])
        return target

    def encode(
        self, images: Sequence[Image], targets: Sequence[DetDataSample]
    ) -> tuple[Tensor, list[DetDataSample]]:
        """Native images -> the network's input batch.

        Args:
            images: RGB in [0, 1], each of shape (3, H, W).
            targets: With the meta information the test pipeline wrote:
                ``ori_shape``, ``img_shape`` and ``scale_factor``.

        Returns:
            Normalised batch of shape (N, 3, H', W'), and copies of the targets
            that know it.
        """
        inputs = []
        for image, target in zip(images, targets):
            height, width = image.shape[-2:]
            scale_w, scale_h = target.metainfo.get('scale_factor', (1., 1.))
            resized_hw = (round(height * scale_h), round(width * scale_w))
            inputs.append(
                to_network_input(
                    image.to(self.device), resized_hw, target.img_shape[:2],
                    self.pad_value))
        data = self.model.data_preprocessor(
            dict(inputs=inputs, data_samples=copy.deepcopy(list(targets))),
            False)
        return data['inputs'], data['data_samples']

    def forward(self, images: Sequence[Image],
                targets: Sequence[DetDataSample]) -> DetectorOutputs:
        """Forward pass with gradients; call it inside :meth:`frozen`.

        Args:
            images: RGB in [0, 1], each of shape (3, H, W).
            targets: Meta information and ground truth in pixels of the
                network's input.

        Returns:
            What objectives read.
        """
        inputs, samples = self.encode(images, targets)
        return DetectorOutputs(self.model, inputs, samples)

    @torch.no_grad()
    def predict(self, images: Sequence[Image],
                targets: Sequence[DetDataSample]) -> list[DetDataSample]:
        """Detections on images that were never rounded to 8 bits.

        Args:
            images: RGB in [0, 1], each of shape (3, H, W).
            targets: As for :meth:`forward`.

        Returns:
            ``pred_instances`` in pixels of the native images.
        """
        predictions: list[DetDataSample | None] = [None] * len(images)
        for group in self.groups(targets):
            with frozen(self.model), torch.no_grad():
                inputs, samples = self.encode([images[i] for i in group],
                                              [targets[i] for i in group])
                for i, sample in zip(group,
                                     self.model.predict(inputs, samples)):
                    predictions[i] = sample
        return predictions

    def check(self, images: NativeImages) -> NativeSample:
        """See :class:`BaseVictim`."""
        sample = first_readable(images)
        info = images.dataset[images.keys.index(sample.key)]
        preprocessor = self.model.data_preprocessor
        theirs = preprocessor(pseudo_collate([dict(info)]), False)['inputs']
        with torch.no_grad():
            ours, _ = self.encode([sample.clean], [sample.target])
        same = ours.shape == theirs.shape
        scale = float(getattr(preprocessor, 'std', torch.ones(1)).min())
        apart = float((ours - theirs).abs().mean()) * scale if same else 0
        if not same or apart > 1:
            got = (f'grey levels that differ by {apart:.1f} on average'
                   if same else f'an input of {tuple(theirs.shape)}')
            raise ValueError(
                'the test pipeline does something that cannot be '
                f'differentiated through: {pipeline_steps(images.dataset)} '
                f'gives {got}, where loading, a bilinear resize with fixed '
                'ratio and padding at the bottom right give '
                f'{tuple(ours.shape)}')
        return sample

    def draw(self, image: BgrLevels, prediction: DetDataSample,
             score_thr: float) -> BgrLevels:
        """Draw boxes with MMDetection's own visualizer."""
        visualizer = DetLocalVisualizer()
        visualizer.dataset_meta = dict(classes=self.classes)
        visualizer.add_datasample(
            'detections',
            np.ascontiguousarray(image[..., ::-1]),
            prediction,
            draw_gt=False,
            pred_score_thr=score_thr)
        return np.ascontiguousarray(visualizer.get_image()[..., ::-1])

    @staticmethod
    def target(metainfo: dict, info: dict) -> DetDataSample:
        """Objects in pixels of the network's input."""
        return ground_truth(metainfo, info)

    @staticmethod
    def pack(prediction: DetDataSample) -> dict:
        """See :class:`BaseVictim`."""
        return pack_predictions(prediction)

    @staticmethod
    def restore(images: NativeImages, index: int,
                packed: dict | None) -> DetDataSample:
        """See :class:`BaseVictim`."""
        sample = empty_prediction(images, index)
        if packed is not None:
            sample.pred_instances = unpack_predictions(packed)
        return sample

    @staticmethod
    def is_empty(prediction: DetDataSample) -> bool:
        """Whether nothing was detected."""
        return not len(prediction.pred_instances)

    @staticmethod
    def fill(prediction: DetDataSample) -> None:
        """Add a box of score 0 that hits no object."""
        prediction.pred_instances = no_detection(1)

    @staticmethod
    def export(images: NativeImages, store: AttackStore, view: str) -> None:
        """Write annotations in COCO form that name the stored images."""
        write_view_annotations(images, store, view)


def _pad_value(dataset: BaseDataset) -> Sequence[float]:
    """BGR in [0, 255] of the padding that the test pipeline adds."""
    for step in dataset.pipeline.transforms:
        value = getattr(step, 'pad_val', None)
        if value is not None:
            value = value['img'] if isinstance(value, dict) else value
            return value if isinstance(value, (tuple, list)) else (value, ) * 3
    return (0, 0, 0)
