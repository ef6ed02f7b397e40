from typing import Any, Optional

import torch
from torch import Tensor

from mmadvrain.registry import TASK_UTILS
from .base_objective import BaseObjective, require_bbox_head
from .second_stage import dense_proposals, likely_proposals


@TASK_UTILS.register_module()
class MarginObjective(BaseObjective):
    r"""Push the true class of every proposal on an object below another.

    :math:`L = \sum_t \max(f_{true}(t) - \max_{c \ne true} f_c(t) +
    margin,\ 0)` on the logits of the second stage, background among the
    classes: the margin of Carlini and Wagner, on proposals that are chosen
    anew at every step, on the image as it is then. A training loss has
    almost no gradient where the detector is certain; a margin has its full
    one, until the object is lost. Differs from :class:`DAGObjective` in: the
    class that a proposal would be given next takes the place of a random
    one, and proposals follow the attack.

    Args:
        margin (float): How many logits another class has to lead by.
            Defaults to 6, a probability of at most 0.25 percent.
        min_iou (float): Least overlap of a proposal with an object,
            exclusive. Defaults to 0.3.
        min_prob (float): Least probability of the object's class, exclusive.
            Defaults to 0.005.
        max_targets (int, optional): Most proposals that count, the most
            probable first; None counts all. Defaults to 64.
        nms_iou (float): Overlap above which proposals suppress each other.
            Defaults to 0.8.
        max_proposals (int): Most proposals looked at. Defaults to 200.
        name (str): Name of the curve. Defaults to ``'margin'``.

    Raises:
        ValueError: If a number is out of range, or the victim is not a
            detector with an RPN and one classifying second stage.
    """

    def __init__(self,
                 margin: float = 6.,
                 min_iou: float = 0.3,
                 min_prob: float = 0.005,
                 max_targets: Optional[int] = 64,
                 nms_iou: float = 0.8,
                 max_proposals: int = 200,
                 name: str = 'margin') -> None:
        if not margin >= 0:
            raise ValueError(f'`margin` must not be negative, got {margin}')
        for label, value in (('nms_iou', nms_iou), ('min_iou', min_iou),
                             ('min_prob', min_prob)):
            if not 0 <= value <= 1:
                raise ValueError(f'`{label}` must be in [0, 1], got {value}')
        for label, count in (('max_proposals', max_proposals), ('max_targets',
                                                                max_targets)):
            if count is not None and count < 1:
                raise ValueError(f'`{label}` must be positive, got {count}')
        self.margin = margin
        self.min_iou = min_iou
        self.min_prob = min_prob
        self.max_targets = max_targets
        self.nms_iou = nms_iou
        self.max_proposals = max_proposals
        self.name = name

    def loss(self, outputs: Any, state: Any) -> Tensor:
        """See :class:`BaseObjective`."""
        require_bbox_head(outputs, 'MarginObjective')
        outputs.rpn  # computed here, with its graph, and kept
        with torch.no_grad():
            chosen = [
                self._choose(outputs.single(i)) for i in range(len(outputs))
            ]
        logits = outputs.roi_logits([boxes for boxes, _ in chosen])
        true = torch.cat([labels for _, labels in chosen])[:, None]
        rest = logits.scatter(1, true, -torch.inf).amax(1, keepdim=True)
        lead = (logits.gather(1, true) - rest + self.margin).clamp(min=0)
        parts = lead.split([len(boxes) for boxes, _ in chosen])
        return torch.stack([part.sum() for part in parts])

    def _choose(self, outputs: Any) -> Any:
        proposals = dense_proposals(outputs, self.nms_iou, self.max_proposals)
        return likely_proposals(outputs, proposals, self.min_iou,
                                self.min_prob, self.max_targets)
