from abc import ABCMeta, abstractmethod
from pathlib import Path
from typing import Any

from mmengine.dataset import BaseDataset
from mmengine.evaluator import Evaluator
from torch import nn

from mmadvrain.datasets.native_images import NativeImages, NativeSample
from mmadvrain.store.attack_store import AttackStore


class BaseTask(metaclass=ABCMeta):
    """What data, truth and predictions are, for a kind of victim.

    The attack loop knows images, perturbations and files; this knows the
    rest.
    """

    @abstractmethod
    def target(self, metainfo: dict, info: dict) -> Any:
        """Truth of one image, for objectives.

        Args:
            metainfo: What the test pipeline says of the image.
            info: The data set's own entry.
        """

    @abstractmethod
    def build_victim(self, model: nn.Module, dataset: BaseDataset,
                     cfg: dict | None) -> Any:
        """The model as the attack sees it.

        Args:
            model: The runner's model.
            dataset: The test data.
            cfg: Config of the victim; None is the task's own kind.
        """

    @abstractmethod
    def check(self, victim: Any, images: NativeImages) -> NativeSample:
        """Compare the differentiable pipeline with the victim's own.

        Returns:
            The first image that can be read.

        Raises:
            ValueError: If they differ, or no image can be read.
        """

    @abstractmethod
    def pack(self, prediction: Any) -> dict:
        """A prediction as plain numbers, for an image's record."""

    @abstractmethod
    def restore(self, images: NativeImages, index: int,
                packed: dict | None) -> Any:
        """The inverse of :meth:`pack`, as metrics read it.

        Args:
            images: The data set.
            index: Which image.
            packed: None for an image that could not be read but counts.
        """

    def found(self, sample: Any) -> bool:
        """Whether a prediction holds anything. Defaults to True."""
        return True

    def fill(self, sample: Any) -> None:
        """Make a prediction hold something, where no image's does."""

    def export(self, images: NativeImages, store: AttackStore,
               view: str) -> None:
        """Write what other tools need to score a stored view."""

    def scored(self, view: str, evaluator: Evaluator, folder: Path) -> None:
        """Called on all processes when a view has been scored.

        Args:
            view: Its name.
            evaluator: The metrics.
            folder: Where results go.
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
    raise ValueError('not one image of the test data can be read: '
                     f'{images[0].problems[-1]}')
