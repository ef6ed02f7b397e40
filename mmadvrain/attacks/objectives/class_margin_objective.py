import torch
from torch import Tensor

from mmadvrain.functional.class_margin import class_margin
from mmadvrain.registry import TASK_UTILS
from mmadvrain.utils.checks import check_shares
from mmadvrain.victims.detector_outputs import DetectorOutputs

from .base_objective import BaseObjective, require_bbox_head
from .second_stage import class_probs


@TASK_UTILS.register_module()
class ClassMarginObjective(BaseObjective[DetectorOutputs, None]):
    r"""Let regions that are sure of a class of the image lose it.

    Source: the released code of UEA (Wei et al., IJCAI 2019):
    :math:`L = \sum_r \max(f_{true}(r) - \max_j f_j(r), -\kappa)` over the
    regions of the perturbed image that give some class of the image's
    objects a probability above ``min_prob``; this class is the true one,
    wherever the region lies. Regions are chosen anew at every step, so one
    that became less sure is left alone.

    Args:
        min_prob: Least probability, exclusive. Defaults to 0.7.
        kappa: See :func:`mmadvrain.functional.class_margin`. Defaults to 0.
        name: Name of the curve. Defaults to ``'class_margin'``.

    Raises:
        ValueError: If a number is out of range, or the victim is not a
            detector with an RPN and one classifying second stage.
    """

    def __init__(self,
                 min_prob: float = 0.7,
                 kappa: float = 0.,
                 name: str = 'class_margin') -> None:
        check_shares(min_prob=min_prob)
        if not kappa >= 0:
            raise ValueError(f'`kappa` must not be negative, got {kappa}')
        self.min_prob = min_prob
        self.kappa = kappa
        self.name = name

    def loss(self, outputs: DetectorOutputs, state: None) -> Tensor:
        """See :class:`BaseObjective`."""
        require_bbox_head(outputs, 'ClassMarginObjective')
        boxes = [regions.bboxes for regions in outputs.proposals]
        logits = outputs.roi_logits(boxes)
        values = []
        for sample, scores in zip(outputs.samples,
                                  torch.split(logits,
                                              [len(b) for b in boxes])):
            shown = sample.gt_instances.labels.unique()
            with torch.no_grad():
                probs = class_probs(outputs, scores)
                if len(shown):
                    prob, best = probs[:, shown].max(1)
                    keep = prob > self.min_prob
                    true = shown[best[keep]]
                else:
                    keep = probs.new_zeros(len(probs), dtype=torch.bool)
                    true = shown
            values.append(class_margin(scores[keep], true, self.kappa).sum())
        return torch.stack(values)
