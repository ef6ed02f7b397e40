from typing import NamedTuple, TypeAlias

import torch
from mmcv.ops import batched_nms
from torch import Tensor

from mmadvrain.registry import TASK_UTILS
from mmadvrain.utils.checks import check_limits, check_shares
from mmadvrain.victims.detector_outputs import DetectorOutputs

from .base_objective import BaseObjective, require_bbox_head
from .second_stage import class_probs, dense_proposals, likely_proposals


class DAGTargets(NamedTuple):
    """Proposals of one image that are to be misclassified.

    Shapes: ``boxes`` (T, 4) in pixels (x1, y1, x2, y2); ``true`` and
    ``wrong`` (T,), class labels.
    """
    boxes: Tensor
    true: Tensor
    wrong: Tensor


DAGState: TypeAlias = list[tuple[DAGTargets, Tensor]]
"""Of each image its targets, and its map onto wrong classes."""


@TASK_UTILS.register_module()
class DAGObjective(BaseObjective[DetectorOutputs, DAGState]):
    r"""Dense adversary generation: make proposals name a wrong class.

    Source: Xie et al., "Adversarial Examples for Semantic Segmentation and
    Object Detection", ICCV 2017, with the settings of the released code:
    :math:`L = \sum_{t\ active} f_{true}(t) - f_{wrong}(t)` on the logits of
    the second stage. Proposals come from the clean image, are kept densely,
    and stay fixed. A target is a proposal that overlaps an object and gives
    its class some probability; it is active while it is still classified as
    that class. Wrong classes are a random map per image onto classes that
    the image does not show.

    Args:
        nms_iou: Overlap above which proposals suppress each other. Defaults to
            0.9.
        max_proposals: Most proposals kept. Defaults to 3000.
        min_iou: Least overlap with an object, exclusive. Defaults to 0.1.
        min_prob: Least probability of the object's class, exclusive. Defaults
            to 0.1.
        max_targets: Most targets, the most probable first; None keeps all.
            Defaults to None.
        refresh: Choose proposals and targets anew at every step, on the image
            as it is then, with the wrong classes kept. DAG keeps those of the
            clean image, and loses sight of proposals that the attack itself
            moves. Defaults to False.
        strong_prob: A target that is named its wrong class with less than this
            probability stays active, as in the released code (0.8), where the
            wrong name has to survive the detector; of such targets, those
            count that no other suppresses. None leaves targets alone once they
            are misclassified, as in the paper. Defaults to None.
        strong_nms_iou: Overlap above which targets named the same wrong class
            suppress each other. Defaults to 0.35.
        name: Name of the curve. Defaults to ``'dag'``.

    Raises:
        ValueError: If a number is out of range, or the victim is not a
            detector with an RPN, one classifying second stage and at least
            two classes.
    """
    needs_clean = True

    def __init__(self,
                 nms_iou: float = 0.9,
                 max_proposals: int = 3000,
                 min_iou: float = 0.1,
                 min_prob: float = 0.1,
                 max_targets: int | None = None,
                 refresh: bool = False,
                 strong_prob: float | None = None,
                 strong_nms_iou: float = 0.35,
                 name: str = 'dag') -> None:
        check_shares(
            nms_iou=nms_iou,
            min_iou=min_iou,
            min_prob=min_prob,
            strong_prob=strong_prob or 0.,
            strong_nms_iou=strong_nms_iou)
        check_limits(max_proposals=max_proposals, max_targets=max_targets)
        self.nms_iou = nms_iou
        self.max_proposals = max_proposals
        self.min_iou = min_iou
        self.min_prob = min_prob
        self.max_targets = max_targets
        self.refresh = refresh
        self.strong_prob = strong_prob
        self.strong_nms_iou = strong_nms_iou
        self.name = name

    def prepare(self, outputs: DetectorOutputs,
                generators: list[torch.Generator]) -> DAGState:
        """Choose targets on the clean image, and their wrong classes."""
        head = require_bbox_head(outputs, 'DAGObjective')
        if head.num_classes < 2:
            raise ValueError('DAGObjective names a wrong class: it wants at '
                             f'least two classes, but got {head.num_classes}')
        wrong = [
            self._wrong_classes(sample.gt_instances.labels, head.num_classes,
                                generator)
            for sample, generator in zip(outputs.samples, generators)
        ]
        return [(self._targets(outputs.single(i), wrong[i]), wrong[i])
                for i in range(len(outputs))]

    def loss(self, outputs: DetectorOutputs, state: DAGState) -> Tensor:
        """See :class:`BaseObjective`."""
        chosen = [targets for targets, _ in state]
        if self.refresh:
            outputs.compute_rpn()  # with its graph
            with torch.no_grad():
                chosen = [
                    self._targets(outputs.single(i), wrong)
                    for i, (_, wrong) in enumerate(state)
                ]
        logits = outputs.roi_logits([targets.boxes for targets in chosen])
        values, start = [], 0
        for targets in chosen:
            scores = logits[start:start + len(targets.boxes)]
            start += len(targets.boxes)
            active = scores.argmax(1) == targets.true
            if self.strong_prob is not None:
                active[self._weak(outputs, targets, scores.detach(),
                                  self.strong_prob)] = True
            scores, true = scores[active], targets.true[active, None]
            wrong = targets.wrong[active, None]
            values.append(
                (scores.gather(1, true) - scores.gather(1, wrong)).sum())
        return torch.stack(values)

    def _targets(self, outputs: DetectorOutputs, wrong: Tensor) -> DAGTargets:
        """Targets of one image, given the map onto wrong classes."""
        proposals = dense_proposals(outputs, self.nms_iou, self.max_proposals)
        boxes, true = likely_proposals(outputs, proposals, self.min_iou,
                                       self.min_prob, self.max_targets)
        return DAGTargets(boxes, true, wrong.to(true.device)[true])

    def _weak(self, outputs: DetectorOutputs, targets: DAGTargets,
              logits: Tensor, strong_prob: float) -> Tensor:
        """Indices of targets whose wrong name is not strong enough."""
        reached = (logits.argmax(1) == targets.wrong).nonzero()[:, 0]
        if not len(reached):
            return reached
        wrong = targets.wrong[reached]
        prob = class_probs(outputs, logits[reached])
        prob = prob.gather(1, wrong[:, None])[:, 0]
        _, kept = batched_nms(
            targets.boxes[reached], prob, wrong,
            dict(type='nms', iou_threshold=self.strong_nms_iou))
        return reached[kept[prob[kept] < strong_prob]]

    @staticmethod
    def _wrong_classes(labels: Tensor, classes: int,
                       generator: torch.Generator) -> Tensor:
        """A random map from classes onto ones the image does not show."""
        absent = torch.ones(classes, dtype=torch.bool)
        absent[labels.cpu()] = False
        free = absent.nonzero()[:, 0]
        if not len(free):  # every class is shown
            free = torch.arange(classes)
        order = free[torch.randperm(len(free), generator=generator)]
        wrong = order[torch.arange(classes) % len(order)]
        same = wrong == torch.arange(classes)
        return torch.where(same, (wrong + 1) % classes, wrong)
