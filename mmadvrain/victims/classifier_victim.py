from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from mmadvrain.functional.resize_pad import ResizePad
from mmadvrain.registry import TASK_UTILS
from mmadvrain.structures.class_data_sample import ClassDataSample
from mmadvrain.typing import SizeHW
from mmadvrain.utils.frozen import frozen

from .half_precision import check_autocast, half_precision


@dataclass
class ClassifierOutputs:
    """What one forward pass of a classifier made of a batch.

    Attributes:
        model: The classifier.
        logits: Shape (N, classes).
        labels: True classes, counted from 0. Shape (N,).
    """
    model: nn.Module
    logits: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.logits)


@TASK_UTILS.register_module()
class ClassifierVictim:
    """A classifier, attacked at an image's native resolution.

    Crop, resize and normalisation are part of the graph, see
    :class:`mmadvrain.models.classifiers.image_classifier.ImageClassifier`.

    Args:
        model: Native images to logits.
        batch_size: Most images in one forward pass. None means 1 on a CPU,
            where convolutions round differently by batch size, and no limit on
            a GPU. Defaults to None.
        autocast: ``'bfloat16'`` or ``'float16'``: attack the networks in half
            precision, see :func:`half_precision`. Scores are those of the
            model as it is. Defaults to None.

    Raises:
        ValueError: If ``batch_size`` is not positive, or there is no such
            ``autocast``.
    """

    def __init__(self,
                 model: Any,
                 batch_size: int | None = None,
                 autocast: str | None = None) -> None:
        if batch_size is not None and batch_size < 1:
            raise ValueError(
                f'`batch_size` must be None or positive, got {batch_size}')
        self.model = model
        self.batch_size = batch_size
        self.autocast = check_autocast(autocast)

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return self.model.device

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Context in which the model lends gradients and stays unchanged."""
        with frozen(self.model), half_precision(self.model, self.autocast):
            yield

    def groups(self, targets: Sequence[ClassDataSample]) -> list[list[int]]:
        """Indices of images that may share a forward pass.

        Args:
            targets: As for :meth:`forward`.

        Returns:
            Every index once.
        """
        count = len(targets)
        limit = self.batch_size or (1 if self.device.type == 'cpu' else max(
            count, 1))
        return [
            list(range(start, min(start + limit, count)))
            for start in range(0, count, limit)
        ]

    def moved(self, target: ClassDataSample, place: ResizePad,
              size_hw: SizeHW) -> ClassDataSample:
        """The target of an image that was resized and padded: the same.

        The canvas as a whole becomes the network's input, which keeps its
        size.

        Args:
            target: Of the image as it was.
            place: What was done to the image.
            size_hw: Height and width of the image before.
        """
        return target

    def guess(self, image: Tensor) -> ClassDataSample:
        """The class that the classifier sees, as if it were true.

        Args:
            image: RGB in [0, 1]. Shape (3, H, W).

        Returns:
            For :meth:`forward`.
        """
        found, = self.predict([image], [ClassDataSample()])
        return ClassDataSample().set_label(int(found.pred_label))

    def forward(self, images: Sequence[Tensor],
                targets: Sequence[ClassDataSample]) -> ClassifierOutputs:
        """Forward pass with gradients; call it inside :meth:`frozen`.

        Args:
            images: RGB in [0, 1], each of shape (3, H, W).
            targets: With ``gt_label``.

        Returns:
            What objectives read.
        """
        images = [image.to(self.device) for image in images]
        labels = torch.stack([target.gt_label for target in targets])
        return ClassifierOutputs(self.model, self.model.logits(images),
                                 labels.to(self.device))

    def predict(self, images: Sequence[Tensor],
                targets: Sequence[ClassDataSample]) -> list[ClassDataSample]:
        """Classes of images that were never rounded to 8 bits.

        Args:
            images: RGB in [0, 1], each of shape (3, H, W).
            targets: As for :meth:`forward`; not changed.

        Returns:
            With ``pred_label``.
        """
        found: list[ClassDataSample] = []
        for group in self.groups(targets):
            with frozen(self.model), torch.no_grad():
                found += self.model.predict(
                    [images[i].to(self.device) for i in group],
                    [targets[i].clone() for i in group])
        return found
