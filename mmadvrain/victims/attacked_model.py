from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, NamedTuple, Protocol, TypeVar

import torch
from mmengine.structures import BaseDataElement
from torch import Tensor, nn

from mmadvrain.functional.resize_pad import ResizePad
from mmadvrain.typing import Image, SizeHW
from mmadvrain.utils.frozen import frozen

from .half_precision import check_autocast, half_precision


class FeatureCut(NamedTuple):
    """Feature maps cut off from the images.

    ``whole`` has the graph that leads back to the images, ``leaves`` are what
    objectives read. Each of shape (N, ...).
    """
    whole: tuple[Tensor, ...]
    leaves: tuple[Tensor, ...]


class VictimOutputs(Protocol):
    """What one forward pass made of a batch; objectives read it."""

    @property
    def model(self) -> nn.Module:
        """The victim's model."""

    def __len__(self) -> int:
        """Number of images."""

    def cut_features(self) -> FeatureCut | None:
        """Let graphs of objectives begin at feature maps from now on.

        Returns:
            The maps; None where there are none that all gradients pass.
        """


SampleT = TypeVar('SampleT', bound=BaseDataElement)
OutputsT = TypeVar('OutputsT', bound=VictimOutputs)


class AttackedModel(ABC, Generic[SampleT, OutputsT]):
    """A model as the attack loop sees it: images in, something to lower out.

    ``SampleT`` holds truth of one image, ``OutputsT`` is what objectives read.

    Args:
        model: The model.
        batch_size: Most images in one forward pass. None means 1 on a CPU,
            where batches gain little and convolutions round differently by
            batch size, and no limit on a GPU. Defaults to None.
        autocast: ``'bfloat16'`` or ``'float16'``: attack the networks in half
            precision, see :func:`half_precision`. Scores are those of the
            model as it is. Defaults to None.

    Raises:
        ValueError: If ``batch_size`` is not positive, or there is no such
            ``autocast``.
    """

    def __init__(self,
                 model: nn.Module,
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
        """Where the weights are."""
        return next(self.model.parameters()).device

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Context in which the model lends gradients and stays unchanged."""
        with frozen(self.model), half_precision(self.model, self.autocast):
            yield

    def groups(self, targets: Sequence[SampleT]) -> list[list[int]]:
        """Indices of images that may share a forward pass.

        Args:
            targets: As for :meth:`forward`.

        Returns:
            Every index once. Which images stand beside an image changes
            nothing in its result.
        """
        limit = self.batch_size or (1 if self.device.type == 'cpu' else max(
            len(targets), 1))
        by_shape: dict[Hashable, list[int]] = defaultdict(list)
        for index, target in enumerate(targets):
            by_shape[self.batch_shape(target)].append(index)
        return [
            same[start:start + limit] for same in by_shape.values()
            for start in range(0, len(same), limit)
        ]

    def batch_shape(self, target: SampleT) -> Hashable:
        """What images must have in common to share a forward pass.

        Args:
            target: Of one image.

        Returns:
            The same for all images, unless a subclass says otherwise.
        """
        return None

    @abstractmethod
    def moved(self, target: SampleT, place: ResizePad,
              size_hw: SizeHW) -> SampleT:
        """Target of an image that was resized and padded.

        Args:
            target: Of the image as it was; stays as it is.
            place: What was done to the image.
            size_hw: Height and width of the image before.
        """

    @abstractmethod
    def forward(self, images: Sequence[Image],
                targets: Sequence[SampleT]) -> OutputsT:
        """Run the model with gradients; call it inside :meth:`frozen`.

        Args:
            images: At native resolution.
            targets: Truth of each image.

        Returns:
            What objectives read.
        """
