import math
from typing import TypeAlias

import torch
import torch.nn.functional as F
from mmdet.structures.bbox import bbox_overlaps
from torch import Tensor

from mmadvrain.registry import TASK_UTILS
from mmadvrain.utils.checks import check_shares
from mmadvrain.victims.detector_outputs import DetectorOutputs

from .base_objective import BaseObjective, require_rpn

RAPState: TypeAlias = list[tuple[Tensor, Tensor | None]]
"""Of each image boxes, shape (K, 4), and clean offsets, shape (A, 4)."""


@TASK_UTILS.register_module()
class RAPObjective(BaseObjective[DetectorOutputs, RAPState]):
    r"""Silence and displace the proposals of the RPN.

    Source: Li et al., "Robust Adversarial Perturbation on Deep
    Proposal-based Models", BMVC 2018. The two variants differ in result:

    - ``'paper'``: :math:`\sum_j z_j \log s_j + \lambda\sum_j z_j \sum
      (\Delta_j - \tau)^2`, with :math:`z_j = 1` where the proposal overlaps
      some object by more than ``min_iou`` and its objectness
      :math:`s_j` exceeds ``min_score``. The label term is counted from
      :math:`\log` ``min_score``, which changes no gradient, so that a
      silenced proposal lowers the sum that the best image is chosen by. The
      constants are not verified against the paper's text. With
      :math:`\lambda = 1` the shape term is some 1e5 times steeper than the
      label term and the only one that counts; ``shape_weight=None`` takes
      :math:`\lambda = 1 / 2\tau`, which pulls every offset with a slope of
      one.
    - ``'code'``: as the released code does it. :math:`0.5\,mean(-\log
      p_{bg}) + 0.5\exp(-mean|\Delta - \Delta_{clean} + 10^{-5}|)` over
      proposals with foreground probability above 0.01 that overlap a clean
      detection (score above 0.5) by more than 0.3.

    Args:
        variant: ``'paper'`` or ``'code'``. Defaults to ``'paper'``.
        min_iou: Least overlap of a proposal, exclusive. Defaults to 0.1
            (paper) or 0.3 (code).
        min_score: Least objectness, exclusive. Defaults to 0.4 (paper) or 0.01
            (code).
        tau: Target of all four offsets; paper variant only. Defaults to 1e5.
        shape_weight: :math:`\lambda`; None takes :math:`1 / 2\tau` (paper) or
            1 (code). 0 leaves the label term alone. Defaults to None.
        label_weight: Weight of the label term. Defaults to 1.
        name: Name of the curve. Defaults to ``'rap'``.

    Raises:
        ValueError: If there is no such variant, or the victim has no RPN.
    """
    needs_clean = True

    def __init__(self,
                 variant: str = 'paper',
                 min_iou: float | None = None,
                 min_score: float | None = None,
                 tau: float = 1e5,
                 shape_weight: float | None = None,
                 label_weight: float = 1.,
                 name: str = 'rap') -> None:
        if variant not in ('paper', 'code'):
            raise ValueError("`variant` of RAP must be 'paper' or 'code', but "
                             f'got {variant!r}')
        paper = variant == 'paper'
        self.variant = variant
        self.min_iou = (0.1 if paper else 0.3) if min_iou is None else min_iou
        self.min_score = (
            0.4 if paper else 0.01) if min_score is None else min_score
        check_shares(min_iou=self.min_iou, min_score=self.min_score)
        if not tau > 0:
            raise ValueError(f'`tau` must be positive, but got {tau}')
        self.tau = tau
        if shape_weight is None:
            shape_weight = 0.5 / tau if paper else 1.
        self.shape_weight = shape_weight
        self.label_weight = label_weight
        self.name = name

    def prepare(self, outputs: DetectorOutputs,
                generators: list[torch.Generator]) -> RAPState:
        """Boxes that proposals are held against, and the clean offsets."""
        require_rpn(outputs, 'RAPObjective')
        if self.variant == 'paper':
            return [(sample.gt_instances.bboxes, None)
                    for sample in outputs.samples]
        offsets = outputs.rpn_flat()[1]
        detections = [s.pred_instances for s in outputs.detections()]
        return [(seen.bboxes[seen.scores > 0.5], offsets[i])
                for i, seen in enumerate(detections)]

    def loss(self, outputs: DetectorOutputs, state: RAPState) -> Tensor:
        """See :class:`BaseObjective`."""
        logits, offsets = outputs.rpn_flat()
        priors = outputs.rpn_priors
        values = []
        for i, (boxes, clean_offsets) in enumerate(state):
            keep = self._select(outputs, priors, logits[i], offsets[i], boxes)
            if clean_offsets is None:
                value = self._paper(logits[i][keep], offsets[i][keep])
            else:
                value = self._code(logits[i][keep], offsets[i][keep],
                                   clean_offsets[keep])
            values.append(value)
        return torch.stack(values)

    @torch.no_grad()
    def _select(self, outputs: DetectorOutputs, priors: Tensor, logits: Tensor,
                offsets: Tensor, boxes: Tensor) -> Tensor:
        """Indices of the proposals with z = 1."""
        likely = (logits.sigmoid() > self.min_score).nonzero()[:, 0]
        if not len(likely) or not len(boxes):
            return likely[:0]
        proposals = outputs.model.rpn_head.bbox_coder.decode(
            priors[likely], offsets[likely])
        overlap = bbox_overlaps(proposals, boxes).amax(1)
        return likely[overlap > self.min_iou]

    def _paper(self, logits: Tensor, offsets: Tensor) -> Tensor:
        # in double: tau squared leaves float32 no digits for the offsets
        label = F.logsigmoid(logits).double() - math.log(
            max(self.min_score, 1e-6))
        shape = (offsets.double() - self.tau).square().sum()
        return self.label_weight * label.sum() + self.shape_weight * shape

    def _code(self, logits: Tensor, offsets: Tensor, clean: Tensor) -> Tensor:
        if not len(logits):
            return logits.sum()
        label = -F.logsigmoid(-logits).mean()
        moved = (offsets - clean + 1e-5).abs().mean()
        return 0.5 * (
            self.label_weight * label + self.shape_weight * (-moved).exp())
