import torch
from torch import Tensor

from mmadvrain.functional.class_margin import class_lead
from mmadvrain.registry import TASK_UTILS
from mmadvrain.utils.checks import check_limits, check_shares
from mmadvrain.victims.detector_outputs import DetectorOutputs

from .base_objective import BaseObjective, require_bbox_head
from .second_stage import dense_proposals, likely_rows, near_proposals


@TASK_UTILS.register_module()
class MarginObjective(BaseObjective[DetectorOutputs, None]):
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
        margin: How many logits another class has to lead by. Defaults to 6, a
            probability of at most 0.25 percent.
        min_iou: Least overlap of a proposal with an object, exclusive.
            Defaults to 0.3.
        min_prob: Least probability of the object's class, exclusive. Defaults
            to 0.005.
        max_targets: Most proposals that count, the most probable first; None
            counts all. Defaults to 64.
        nms_iou: Overlap above which proposals suppress each other. Defaults to
            0.8.
        max_proposals: Most proposals looked at. Defaults to 200.
        name: Name of the curve. Defaults to ``'margin'``.

    Raises:
        ValueError: If a number is out of range, or the victim is not a
            detector with an RPN and one classifying second stage.
    """

    def __init__(self,
                 margin: float = 6.,
                 min_iou: float = 0.3,
                 min_prob: float = 0.005,
                 max_targets: int | None = 64,
                 nms_iou: float = 0.8,
                 max_proposals: int = 200,
                 name: str = 'margin') -> None:
        if not margin >= 0:
            raise ValueError(f'`margin` must not be negative, got {margin}')
        check_shares(nms_iou=nms_iou, min_iou=min_iou, min_prob=min_prob)
        check_limits(max_proposals=max_proposals, max_targets=max_targets)
        self.margin = margin
        self.min_iou = min_iou
        self.min_prob = min_prob
        self.max_targets = max_targets
        self.nms_iou = nms_iou
        self.max_proposals = max_proposals
        self.name = name

    def loss(self, outputs: DetectorOutputs, state: None) -> Tensor:
        """See :class:`BaseObjective`."""
        require_bbox_head(outputs, 'MarginObjective')
        outputs.compute_rpn()  # with its graph
        with torch.no_grad():
            near = [self._near(outputs.single(i)) for i in range(len(outputs))]
        # one pass with its graph gives the choice and what is chosen
        logits = outputs.roi_logits([boxes for boxes, _ in near])
        parts = logits.split([len(boxes) for boxes, _ in near])
        values = []
        for rows, (_, true) in zip(parts, near):
            keep = likely_rows(outputs, rows.detach(), true, self.min_prob,
                               self.max_targets)
            lead = class_lead(rows[keep], true[keep])
            values.append((lead + self.margin).clamp(min=0).sum())
        return torch.stack(values)

    def _near(self, outputs: DetectorOutputs) -> tuple[Tensor, Tensor]:
        proposals = dense_proposals(outputs, self.nms_iou, self.max_proposals)
        return near_proposals(outputs, proposals, self.min_iou)
