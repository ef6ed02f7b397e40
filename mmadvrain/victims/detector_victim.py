import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from mmdet.structures import DetDataSample
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
from mmadvrain.operators.quick import quick_operators
from mmadvrain.registry import TASK_UTILS
from mmadvrain.store.attack_store import AttackStore
from mmadvrain.store.coco_export import write_view_annotations
from mmadvrain.typing import BgrLevels, Image, SizeHW
from mmadvrain.utils.frozen import frozen

from .base_victim import BaseVictim, first_readable, pipeline_steps
from .detector_input import pad_value_of, without_batch_augments
from .detector_outputs import DetectorOutputs
from .detector_pictures import draw_detections
from .detector_predictions import pack_predictions, unpack_predictions
from .instance_masks import (
    encode_mask,
    give_masks,
    move_outlines,
    note_outlines,
    wants_masks,
)
from .match_classes import match_classes, speak_labels
from .segment_maps import (
    give_map,
    move_map,
    note_map,
    unpack_map,
    void_map,
    wants_map,
)
from .supported import check_detector, check_pipeline
from .training_mode import steps_alike

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
        labels: The detector's labels by the data's, where they are not the
            same; its ``predict`` gives the data's. Defaults to None.
        quick_operators: Take NMS and RoIAlign of our own for attacks on a CPU
            where they are faster, see :func:`quick_operators`. Defaults to
            True.
        **options: Of :class:`BaseVictim`.
    """

    model: 'BaseDetector'

    def __init__(self,
                 model: 'BaseDetector',
                 pad_value: Sequence[float] = (0, 0, 0),
                 labels: Sequence[int] | None = None,
                 quick_operators: bool = True,
                 **options: Any) -> None:
        super().__init__(model, **options)
        self.quick_operators = quick_operators
        self.labels = None if labels is None else torch.tensor(labels)
        self.pad_value = tuple(pad_value)
        self.with_masks = wants_masks(model)
        self.with_map = wants_map(model)

    @classmethod
    def from_dataset(cls, model: 'BaseDetector', dataset: BaseDataset,
                     **options: Any) -> Self:
        """See :class:`BaseVictim`; takes the pipeline's colour of padding."""
        check_detector(model)
        options.setdefault('pad_value', pad_value_of(dataset))
        labels = match_classes(model, dataset.metainfo.get('classes'))
        speak_labels(model, labels)
        options.setdefault('labels', labels)
        return super().from_dataset(model, dataset, **options)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """See :class:`BaseVictim`."""
        with super().frozen(), quick_operators(self.quick_operators), \
                steps_alike(self.model):
            yield

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
                move_outlines(objects, place, size_hw)
        move_map(target, place)
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
        inputs, samples = [], copy.deepcopy(list(targets))
        for image, sample in zip(images, samples):
            height, width = image.shape[-2:]
            scale_w, scale_h = sample.metainfo.get('scale_factor', (1., 1.))
            resized_hw = (round(height * scale_h), round(width * scale_w))
            inputs.append(
                to_network_input(
                    image.to(self.device), resized_hw, sample.img_shape[:2],
                    self.pad_value))
            if self.labels is not None:
                self._translate(sample)
            if self.with_masks:
                give_masks(sample, (height, width), resized_hw)
            if self.with_map:
                give_map(sample, resized_hw, self.labels)
        with without_batch_augments(self.model.data_preprocessor) as prepare:
            data = prepare(
                dict(inputs=inputs, data_samples=samples), self.with_masks
                or self.with_map)
        return data['inputs'], data['data_samples']

    def _translate(self, sample: DetDataSample) -> None:
        """Give the objects of a sample the detector's labels."""
        assert self.labels is not None
        for name in ('gt_instances', 'ignored_instances'):
            objects = sample.get(name)
            if objects is not None:
                own = self.labels.to(objects.labels.device)
                # a region of no class stays one
                objects.labels = torch.where(objects.labels < 0,
                                             objects.labels,
                                             own[objects.labels.clamp(min=0)])

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
        check_pipeline(images.dataset)
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
        return draw_detections(image, prediction, self.classes, score_thr)

    @staticmethod
    def target(metainfo: dict, info: dict) -> DetDataSample:
        """Objects in pixels of the network's input."""
        target = ground_truth(metainfo, info)
        note_outlines(target, info)
        note_map(target, info)
        return target

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
            if 'panoptic' in packed:
                sample.pred_panoptic_seg = unpack_map(packed['panoptic'])
        return sample

    def kind_of(self, prediction: DetDataSample) -> type[BaseVictim]:
        """See :class:`BaseVictim`."""
        return _MaskVictim if 'masks' in prediction.pred_instances else type(
            self)

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


class _MaskVictim(DetectorVictim):
    """A detector whose predictions have masks, also where it finds nothing.

    So they have panoptic maps, which metrics of objects pass over.

    Metrics take what one prediction has for what all have.
    """

    @staticmethod
    def restore(images: NativeImages, index: int,
                packed: dict | None) -> DetDataSample:
        sample = DetectorVictim.restore(images, index, packed)
        if packed is None:
            sample.pred_instances.masks = []
            void = len(images.dataset.metainfo.get('classes', ()))
            sample.pred_panoptic_seg = void_map(sample.ori_shape, void)
        return sample

    @staticmethod
    def fill(prediction: DetDataSample) -> None:
        DetectorVictim.fill(prediction)
        outside = np.zeros(prediction.ori_shape[:2], np.uint8)
        prediction.pred_instances.masks = [encode_mask(outside)]
