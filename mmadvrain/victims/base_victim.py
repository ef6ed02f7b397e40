from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from mmengine.dataset import BaseDataset
from mmengine.structures import BaseDataElement
from torch import nn
from typing_extensions import Self

from mmadvrain.datasets.native_images import NativeImages, NativeSample
from mmadvrain.store.attack_store import AttackStore
from mmadvrain.typing import BgrLevels, Image

from .attacked_model import AttackedModel, OutputsT, SampleT


class BaseVictim(AttackedModel[SampleT, OutputsT]):
    """A model under attack in a run: its data, predictions and their store.

    The attack loop knows images, perturbations and files; a victim knows the
    rest, so a new kind of victim is one subclass. ``SampleT`` holds truth and
    prediction of one image. What needs no model is static: a victim's images
    can be scored before it is built.

    Args:
        model: The model, whose predictions metrics read.
        batch_size, autocast: See :class:`AttackedModel`.
        classes: Names of the classes, for pictures. Defaults to None.
    """

    def __init__(self,
                 model: nn.Module,
                 batch_size: int | None = None,
                 autocast: str | None = None,
                 classes: Sequence[str] | None = None) -> None:
        super().__init__(model, batch_size, autocast)
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

    @abstractmethod
    def guess(self, image: Image) -> SampleT:
        """Take what the model sees for true, where there are no annotations.

        Args:
            image: The image, which is the network's input as it is.

        Returns:
            For :meth:`forward`.
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
