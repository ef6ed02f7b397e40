from dataclasses import dataclass

from torch import Tensor, nn


@dataclass
class ClassifierOutputs:
    """What one forward pass of a classifier made of a batch.

    Attributes:
        model (nn.Module): The classifier.
        logits (Tensor): Shape (N, classes).
        labels (Tensor): True classes, counted from 0. Shape (N,).
    """
    model: nn.Module
    logits: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.logits)
