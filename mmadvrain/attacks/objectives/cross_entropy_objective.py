import torch.nn.functional as F
from torch import Tensor

from mmadvrain.registry import TASK_UTILS
from mmadvrain.victims.classifier_victim import ClassifierOutputs

from .base_objective import BaseObjective


@TASK_UTILS.register_module()
class CrossEntropyObjective(BaseObjective[ClassifierOutputs, None]):
    r"""Minus the cross-entropy of the true class.

    Source: Algorithm 1 of the paper, which ascends :math:`L(X', y)` and
    returns the image of the largest one: minimising :math:`-L` with
    ``keep='best'`` does both.

    Args:
        name: Name of the curve. Defaults to ``'cross_entropy'``.
    """

    def __init__(self, name: str = 'cross_entropy') -> None:
        self.name = name

    def loss(self, outputs: ClassifierOutputs, state: None) -> Tensor:
        """See :class:`BaseObjective`.

        Raises:
            ValueError: If the victim is no classifier, or a label is none of
                its classes.
        """
        if not isinstance(outputs, ClassifierOutputs):
            raise ValueError(
                'CrossEntropyObjective wants a classifier, but got '
                f'{type(outputs.model).__name__}: a detector has '
                'DetectorLossObjective')
        logits, labels = outputs.logits, outputs.labels
        if bool((labels < 0).any() | (labels >= logits.shape[1]).any()):
            raise ValueError(
                f'labels must be among the {logits.shape[1]} classes of the '
                f'classifier, counted from 0, but got {labels.tolist()}')
        return -F.cross_entropy(logits, labels, reduction='none')
