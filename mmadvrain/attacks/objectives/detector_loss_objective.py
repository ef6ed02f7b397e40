import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from mmadvrain.registry import TASK_UTILS
from mmadvrain.victims.detector_outputs import DetectorOutputs

from .base_objective import BaseObjective


@contextmanager
def _sampled_rois(model: nn.Module, num: int | None) -> Iterator[None]:
    """Let the samplers of the second stage take this many RoIs."""
    samplers = getattr(getattr(model, 'roi_head', None), 'bbox_sampler', [])
    if num is None:
        samplers = []
    elif not isinstance(samplers, (list, tuple)):
        samplers = [samplers]
    # heads without a choice to make take all that is there
    samplers = [sampler for sampler in samplers if hasattr(sampler, 'num')]
    numbers = [sampler.num for sampler in samplers]
    try:
        for sampler in samplers:
            sampler.num = num
        yield
    finally:
        for sampler, count in zip(samplers, numbers):
            sampler.num = count


@TASK_UTILS.register_module()
class DetectorLossObjective(BaseObjective[DetectorOutputs,
                                          list[torch.Generator]]):
    """Minus the detector's own training loss, for any MMDetection detector.

    Each image has its loss computed alone, since training losses average
    over a batch. Samplers draw anew at each step, as in training, so that
    every object of a crowded image has its turn; the draws are private to
    the image.

    Args:
        terms: Which losses to add up, by the names the detector gives them,
            e.g. ``('loss_cls', 'loss_rpn_cls')``. None takes all. Defaults to
            None.
        num_rois: How many RoIs the second stage of a two-stage detector
            samples in place of its own number, which is 512 as a rule.
            RoIAlign's backward pass dominates on a CPU. None keeps the
            detector's own. Defaults to None.
        name: Name of the curve. Defaults to ``'detector_loss'``.

    Raises:
        ValueError: If the detector has no loss of such a name.
    """

    def __init__(self,
                 terms: Sequence[str] | None = None,
                 num_rois: int | None = None,
                 name: str = 'detector_loss') -> None:
        if terms is not None and not terms:
            raise ValueError('`terms` must name a loss, or be None for all')
        if num_rois is not None and num_rois < 1:
            raise ValueError(
                f'`num_rois` must be None or positive, but got {num_rois}')
        self.num_rois = num_rois
        self.terms = None if terms is None else tuple(terms)
        self.name = name

    def prepare(self, outputs: DetectorOutputs | None,
                generators: list[torch.Generator]) -> list[torch.Generator]:
        """Keep what the samplers of each image draw from."""
        return generators

    def loss(self, outputs: DetectorOutputs,
             state: list[torch.Generator]) -> Tensor:
        """See :class:`BaseObjective`."""
        return torch.stack([
            -self._training_loss(outputs.single(i), generator)
            for i, generator in enumerate(state)
        ])

    def _training_loss(self, outputs: DetectorOutputs,
                       generator: torch.Generator) -> Tensor:
        # of the states that `frozen` lends
        seed = int(torch.randint(2**32, (), generator=generator))
        torch.manual_seed(seed)
        np.random.seed(seed)
        random.seed(seed)
        with _sampled_rois(outputs.model, self.num_rois):
            known = outputs.training_losses()
        terms = self.terms or tuple(known)
        missing = [term for term in terms if term not in known]
        if missing:
            raise ValueError(f'{type(outputs.model).__name__} has no loss '
                             f'{missing}; it has {sorted(known)}')
        return torch.stack([known[term] for term in terms]).sum()
