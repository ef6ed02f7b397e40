from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import torch
from mmengine.dataset import BaseDataset
from mmengine.structures import BaseDataElement
from torch import Tensor, nn
from typing_extensions import Self

from mmadvrain.datasets.native_images import NativeImages, NativeSample
from mmadvrain.functional.resize_pad import ResizePad
from mmadvrain.store.attack_store import AttackStore
from mmadvrain.typing import BgrLevels, Image, SizeHW
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


class BaseVictim(ABC, Generic[SampleT, OutputsT]):
    """A model under attack, and what its data, truth and predictions are.

    The attack loop knows images, perturbations and files; a victim knows the
    rest, so a new kind of victim is one subclass. ``SampleT`` holds truth and
    prediction of one image, ``OutputsT`` is what objectives read. What needs
    no model is static: a victim's images can be scored before it is built.

    Args:
        model: The model, whose predictions metrics read.
        batch_size: Most images in one forward pass. None means 1 on a CPU,
            where batches gain little and convolutions round differently by
            batch size, and no limit on a GPU. Defaults to None.
        autocast: ``'bfloat16'`` or ``'float16'``: attack the networks in half
            precision, see :func:`half_precision`. Scores are those of the
            model as it is. Defaults to None.
        classes: Names of the classes, for pictures. Defaults to None.

    Raises:
        ValueError: If ``batch_size`` is not positive, or there is no such
            ``autocast``.
    """

    def __init__(self,
                 model: nn.Module,
                 batch_size: int | None = None,
                 autocast: str | None = None,
                 classes: Sequence[str] | None = None) -> None:
        if batch_size is not None and batch_size < 1:
            raise ValueError(
                f'`batch_size` must be None or positive, got {batch_size}')
        self.model = model
        self.batch_size = batch_size
        self.autocast = check_autocast(autocast)
        self.classes = classes

    @classmethod
    def from_dataset(cls, model: nn.Module, dataset: BaseDataset,
                     **options: Any) -> Self:
        """Build the victim with what its test data know.

        Args:
            model: The model.
            dataset: The test data.
            **options: Further arguments of the class.
        """
        options.setdefault('classes', dataset.metainfo.get('classes'))
        return cls(model, **options)

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
    def guess(self, image: Image) -> SampleT:
        """Take what the model sees for true, where there are no annotations.

        Args:
            image: The image, which is the network's input as it is.

        Returns:
            For :meth:`forward`.
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

    @abstractmethod
    def predict(self, images: Sequence[Image],
                targets: Sequence[SampleT]) -> list[SampleT]:
        """Predict on images that were never rounded to 8 bits.

        Args:
            images: At native resolution.
            targets: As for :meth:`forward`; not changed.

        Returns:
            As metrics read them, in pixels of the native images.
        """

    @abstractmethod
    def check(self, images: NativeImages) -> NativeSample:
        """Compare the differentiable pipeline with the model's own.

        Args:
            images: The test data.

        Returns:
            The first image that can be read.

        Raises:
            ValueError: If they differ, or no image can be read.
        """

    @abstractmethod
    def draw(self, image: BgrLevels, prediction: SampleT,
             score_thr: float) -> BgrLevels:
        """Draw a prediction on a copy of an image.

        Args:
            image: The image.
            prediction: As from :meth:`predict`.
            score_thr: Least score of what is drawn.
        """

    @staticmethod
    @abstractmethod
    def target(metainfo: dict, info: dict) -> BaseDataElement:
        """Truth of one image, for objectives.

        Args:
            metainfo: What the test pipeline says of the image.
            info: The data set's own entry.
        """

    @staticmethod
    @abstractmethod
    def pack(prediction: BaseDataElement) -> dict:
        """Turn a prediction into plain numbers, for an image's record."""

    @staticmethod
    @abstractmethod
    def restore(images: NativeImages, index: int,
                packed: dict | None) -> BaseDataElement:
        """Invert :meth:`pack`, as metrics read it.

        Args:
            images: The data set.
            index: Which image.
            packed: None for an image that could not be read but counts.
        """

    def kind_of(self, prediction: SampleT) -> type['BaseVictim']:
        """Kind of victim that gives such predictions back from the store.

        Args:
            prediction: As from :meth:`predict`.

        Returns:
            The victim's own, unless a subclass says otherwise.
        """
        return type(self)

    @staticmethod
    def is_empty(prediction: BaseDataElement) -> bool:
        """Whether a prediction holds nothing. Defaults to False."""
        return False

    @staticmethod
    def fill(prediction: BaseDataElement) -> None:
        """Make a prediction hold something that counts for nothing.

        Some metrics return nothing where no image has a prediction.
        """

    @staticmethod
    def export(images: NativeImages, store: AttackStore, view: str) -> None:
        """Write what other tools need to score a stored view.

        Args:
            images: The data set.
            store: The run's store.
            view: Name of the view.
        """


def first_readable(images: NativeImages) -> NativeSample:
    """The first image that can be read.

    Raises:
        ValueError: If none can.
    """
    for index in range(len(images)):
        sample = images[index]
        if sample.image is not None:
            return sample
    raise ValueError('not one image of the test data can be used: '
                     f'{images[0].problems[-1]}')


def pipeline_steps(dataset: BaseDataset) -> str:
    """Names of a data set's pipeline steps, for messages."""
    return ' -> '.join(
        type(step).__name__ for step in dataset.pipeline.transforms)
