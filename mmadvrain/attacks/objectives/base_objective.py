from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, TypeVar, cast

import torch
from torch import Tensor

from mmadvrain.victims.attacked_model import OutputsT
from mmadvrain.victims.detector_outputs import DetectorOutputs

if TYPE_CHECKING:
    from mmdet.models.roi_heads.bbox_heads import BBoxHead

StateT = TypeVar('StateT')


class BaseObjective(ABC, Generic[OutputsT, StateT]):
    """What an attack minimises.

    ``OutputsT`` is what it reads, e.g. :class:`DetectorOutputs`; ``StateT``
    is what it remembers of the clean images.

    Attributes:
        name: Name of the objective's curve.
        needs_clean: Whether :meth:`prepare` looks at the victim's outputs on
            the clean images.
        needs_stages: Whether it reads stages of the backbone.
    """
    name: str
    needs_clean = False
    needs_stages = False

    def prepare(self, outputs: OutputsT,
                generators: list[torch.Generator]) -> StateT:
        """Look at the clean images once, before the first step.

        Args:
            outputs: What the victim made of the clean images; None unless
                ``needs_clean``.
            generators: Private to each image.

        Returns:
            State handed to :meth:`loss` at every step. Defaults to None.
        """
        return None  # type: ignore[return-value]

    def some(self, state: StateT, images: list[int]) -> StateT:
        """State of some of the images, when others have come to their end.

        Args:
            state: What :meth:`prepare` returned.
            images: Which ones.

        Returns:
            A list has an entry an image; what is no list, all images share.
        """
        if isinstance(state, list):
            return cast(StateT, [state[i] for i in images])
        return state

    @abstractmethod
    def loss(self, outputs: OutputsT, state: StateT) -> Tensor:
        """Value of each image, from the forward pass of this step.

        Args:
            outputs: What the victim made of the perturbed images.
            state: What :meth:`prepare` returned.

        Returns:
            Shape (N,). An image's value depends on no other image.
        """


def require_rpn(outputs: DetectorOutputs, name: str) -> None:
    """Check that the victim has a region proposal network of one stage.

    Raises:
        ValueError: If it has none; says what can be used instead.
    """
    from mmdet.models.dense_heads import RPNHead
    head = getattr(outputs.model, 'rpn_head', None)
    if not isinstance(head, RPNHead):
        came = '' if head is None else f' with {type(head).__name__}'
        raise ValueError(
            f'{name} wants a two-stage detector with an RPN, but got '
            f'{type(outputs.model).__name__}{came}: use '
            'DetectorLossObjective')


def require_bbox_head(outputs: DetectorOutputs, name: str) -> 'BBoxHead':
    """Check that the victim has an RPN and one classifying second stage.

    Returns:
        The head of the second stage.

    Raises:
        ValueError: If it has not; says what came.
    """
    require_rpn(outputs, name)
    roi_head = getattr(outputs.model, 'roi_head', None)
    head = getattr(roi_head, 'bbox_head', None)
    classifies = hasattr(head, 'num_classes') and not (hasattr(
        head, 'num_instance') or getattr(head, 'custom_cls_channels', False))
    if not classifies:
        raise ValueError(f'{name} wants a second stage with one bbox_head and '
                         'a logit a class, but got '
                         f'{type(roi_head).__name__} with '
                         f'{type(head).__name__}')
    return head
