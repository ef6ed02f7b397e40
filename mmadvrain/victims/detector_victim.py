import copy
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData
from torch import Tensor, nn

from mmadvrain.functional.pixel_space import to_network_input
from mmadvrain.functional.resize_pad import ResizePad, move_boxes
from mmadvrain.registry import TASK_UTILS
from mmadvrain.typing import SizeHW
from mmadvrain.utils.frozen import frozen

from .detector_outputs import DetectorOutputs
from .half_precision import check_autocast, half_precision


@TASK_UTILS.register_module()
class DetectorVictim:
    """An MMDetection detector, attacked at an image's native resolution.

    Resize and padding of the test pipeline are differentiable here, and
    normalisation is the detector's own data preprocessor, so a gradient
    reaches native pixels and never the padding.

    Args:
        model: The detector, with its data preprocessor.
        pad_value: BGR in [0, 255] of the padding that the test pipeline adds.
            Defaults to (0, 0, 0).
        batch_size: Most images in one forward pass. Images share a pass only
            where their padded sizes are equal, since padding changes a
            detector's output. None means 1 on a CPU, where batches gain little
            and convolutions round differently by batch size, and no limit on a
            GPU. Defaults to None.
        autocast: ``'bfloat16'`` or ``'float16'``: attack the networks in half
            precision, see :func:`half_precision`. Scores are those of the
            model as it is. Defaults to None.
    """

    def __init__(self,
                 model: nn.Module,
                 pad_value: Sequence[float] = (0, 0, 0),
                 batch_size: int | None = None,
                 autocast: str | None = None) -> None:
        self.model = model
        self.pad_value = tuple(pad_value)
        if batch_size is not None and batch_size < 1:
            raise ValueError(
                f'`batch_size` must be None or positive, got {batch_size}')
        self.batch_size = batch_size
        self.autocast = check_autocast(autocast)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.model.parameters()).device

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Context in which the model lends gradients and stays unchanged."""
        with frozen(self.model), half_precision(self.model, self.autocast):
            yield

    def groups(self, targets: Sequence[DetDataSample]) -> list[list[int]]:
        """Indices of images that may share a forward pass.

        Args:
            targets: As for :meth:`forward`.

        Returns:
            Every index once. Which images stand beside an image changes
            nothing in its result.
        """
        limit = self.batch_size or (1 if self.device.type == 'cpu' else
                                    len(targets))
        divisor = getattr(self.model.data_preprocessor, 'pad_size_divisor', 1)
        by_size: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for index, target in enumerate(targets):
            size = tuple(-(-int(s) // divisor) for s in target.img_shape[:2])
            by_size[size].append(index)
        return [
            same[start:start + limit] for same in by_size.values()
            for start in range(0, len(same), limit)
        ]

    def moved(self, target: DetDataSample, place: ResizePad,
              size_hw: SizeHW) -> DetDataSample:
        """The target of an image that was resized and padded.

        The network's input keeps its size; objects move and change size.

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

    def guess(self, image: Tensor, min_score: float = 0.3) -> DetDataSample:
        """What the detector sees, as if it were true.

        So an image without annotations can be attacked. The image is the
        network's input as it is; nothing is resized.

        Args:
            image: RGB in [0, 1]. Shape (3, H, W).
            min_score: Objects of a lower score are left out. Defaults to 0.3.

        Returns:
            For :meth:`forward`; of no object, where none is seen.
        """
        size_hw = tuple(image.shape[-2:])
        target = DetDataSample(
            metainfo=dict(
                img_id=0,
                img_path='',
                ori_shape=size_hw,
                img_shape=size_hw,
                scale_factor=(1., 1.)))
        found = self.predict([image], [target])[0].pred_instances
        found = found[found.scores >= min_score]
        target.gt_instances = InstanceData(
            bboxes=found.bboxes, labels=found.labels)
        target.ignored_instances = InstanceData(
            bboxes=found.bboxes[:0], labels=found.labels[:0])
        return target

    def encode(
        self, images: Sequence[Tensor], targets: Sequence[DetDataSample]
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

    def forward(self, images: Sequence[Tensor],
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
    def predict(self, images: Sequence[Tensor],
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
