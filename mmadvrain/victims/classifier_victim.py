from contextlib import contextmanager
from typing import Any, Iterator, List, Optional, Sequence, Tuple

import torch
from torch import Tensor

from mmadvrain.functional.resize_pad import ResizePad
from mmadvrain.registry import TASK_UTILS
from mmadvrain.structures.class_data_sample import ClassDataSample
from mmadvrain.utils.frozen import frozen
from .classifier_outputs import ClassifierOutputs
from .half_precision import check_autocast, half_precision


@TASK_UTILS.register_module()
class ClassifierVictim:
    """A classifier, attacked at an image's native resolution.

    Crop, resize and normalisation are part of the graph, see
    :class:`mmadvrain.models.classifiers.ImageClassifier`.

    Args:
        model (ImageClassifier): Native images to logits.
        batch_size (int, optional): Most images in one forward pass. None
            means 1 on a CPU, where convolutions round differently by batch
            size, and no limit on a GPU. Defaults to None.
        autocast (str, optional): ``'bfloat16'`` or ``'float16'``: attack the
            networks in half precision, see :func:`half_precision`. Scores
            are those of the model as it is. Defaults to None.

    Raises:
        ValueError: If ``batch_size`` is not positive, or there is no such
            ``autocast``.
    """

    def __init__(self,
                 model: Any,
                 batch_size: Optional[int] = None,
                 autocast: Optional[str] = None) -> None:
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

    def groups(self, targets: Sequence[ClassDataSample]) -> List[List[int]]:
        """Indices of images that may share a forward pass.

        Args:
            targets (sequence[ClassDataSample]): As for :meth:`forward`.

        Returns:
            list[list[int]]: Every index once.
        """
        count = len(targets)
        limit = self.batch_size or (1 if self.device.type == 'cpu' else max(
            count, 1))
        return [
            list(range(start, min(start + limit, count)))
            for start in range(0, count, limit)
        ]

    def moved(self, target: ClassDataSample, place: ResizePad,
              size_hw: Tuple[int, int]) -> ClassDataSample:
        """The target of an image that was resized and padded: the same.

        The canvas as a whole becomes the network's input, which keeps its
        size.

        Args:
            target (ClassDataSample): Of the image as it was.
            place (ResizePad): What was done to the image.
            size_hw (tuple[int, int]): Height and width of the image before.
        """
        return target

    def guess(self, image: Tensor) -> ClassDataSample:
        """The class that the classifier sees, as if it were true.

        Args:
            image (Tensor): RGB in [0, 1]. Shape (3, H, W).

        Returns:
            ClassDataSample: For :meth:`forward`.
        """
        found, = self.predict([image], [ClassDataSample()])
        return ClassDataSample().set_label(int(found.pred_label))

    def forward(self, images: Sequence[Tensor],
                targets: Sequence[ClassDataSample]) -> ClassifierOutputs:
        """Forward pass with gradients; call it inside :meth:`frozen`.

        Args:
            images (sequence[Tensor]): RGB in [0, 1], each of shape (3, H, W).
            targets (sequence[ClassDataSample]): With ``gt_label``.

        Returns:
            ClassifierOutputs: What objectives read.
        """
        images = [image.to(self.device) for image in images]
        labels = torch.stack([target.gt_label for target in targets])
        return ClassifierOutputs(self.model, self.model.logits(images),
                                 labels.to(self.device))

    def predict(self, images: Sequence[Tensor],
                targets: Sequence[ClassDataSample]) -> List[ClassDataSample]:
        """Classes of images that were never rounded to 8 bits.

        Args:
            images (sequence[Tensor]): RGB in [0, 1], each of shape (3, H, W).
            targets (sequence[ClassDataSample]): As for :meth:`forward`; not
                changed.

        Returns:
            list[ClassDataSample]: With ``pred_label``.
        """
        found: List[ClassDataSample] = []
        for group in self.groups(targets):
            with frozen(self.model), torch.no_grad():
                found += self.model.predict(
                    [images[i].to(self.device) for i in group],
                    [targets[i].clone() for i in group])
        return found
