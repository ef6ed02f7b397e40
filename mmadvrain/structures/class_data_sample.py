"""One image of a classification data set."""

import torch
from mmengine.structures import BaseDataElement
from torch import Tensor


class ClassDataSample(BaseDataElement):
    """The true class of an image, and what a classifier made of it.

    Each may be absent. Meta information: ``img_id``, ``img_path``,
    ``ori_shape`` and ``img_shape`` (height, width).

    Attributes:
        gt_label: True class, counted from 0. Shape (), int64.
        pred_label: Class of the largest logit. Shape (), int64.
        pred_loss: Cross-entropy of the true class. Shape (); absent where the
            true class is.
    """

    gt_label: Tensor
    pred_label: Tensor
    pred_loss: Tensor

    def set_label(self, label: int) -> 'ClassDataSample':
        """Set the true class.

        Args:
            label: Counted from 0.
        """
        self.gt_label = torch.tensor(int(label))
        return self

    def to_numbers(self) -> dict:
        """The prediction as plain numbers, for files."""
        found: dict = dict(pred=int(self.pred_label))
        if 'pred_loss' in self:
            found['loss'] = float(self.pred_loss)
        return found
