from collections.abc import Sequence

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmadvrain.datasets.native_images import NativeSample
from mmadvrain.perturbations.base_perturbation import BasePerturbation
from mmadvrain.registry import HOOKS
from mmadvrain.structures.attack_result import AttackResult
from mmadvrain.victims.base_victim import BaseVictim


@HOOKS.register_module()
class AttackCheckHook(Hook):
    """Raise a named flag for each way in which an attack's number can lie.

    Everything is recomputed from what the attack gave back. The flags join
    those of the loop itself (``zero_gradient``, ``nan_gradient``,
    ``nan_loss``); ``docs/flags.md`` says what each means and what to do.

    Args:
        tolerance: How far a factor, or the change of a pixel, may stand
            outside its bounds by rounding. Defaults to 1e-6.
    """

    def __init__(self, tolerance: float = 1e-6) -> None:
        self.tolerance = tolerance

    def after_attack_iter(self, runner: Runner, batch_idx: int,
                          samples: Sequence[NativeSample],
                          results: Sequence[AttackResult], victim: BaseVictim,
                          perturbation: BasePerturbation) -> None:
        """Check the results of one batch; called by the attack loop."""
        for sample, result in zip(samples, results):
            result.flags += self.check(sample, result, perturbation)

    def check(self, sample: NativeSample, result: AttackResult,
              perturbation: BasePerturbation) -> list[str]:
        """Name the flags to raise for one image.

        Args:
            sample: The clean image.
            result: What the attack made of it.
            perturbation: What was optimised; knows its bounds.

        Returns:
            Empty if all is well.
        """
        image, target = result.image, sample.target
        finite = bool(torch.isfinite(image).all())
        changed = not torch.equal((image.cpu() * 255).round(),
                                  (sample.clean * 255).round())
        raised = dict(
            not_finite=not finite,
            out_of_range=finite
            and bool((image < 0).any() | (image > 1).any()),
            unchanged=not changed,
            no_objects=target is not None and 'gt_instances' in target
            and not len(target.gt_instances),
            no_progress=result.best_step == 1
            and len(result.summed_losses) > 1)
        flags = [name for name, wrong in raised.items() if wrong]
        flags += perturbation.violations(result.params, result.initial_params,
                                         image, sample.clean, self.tolerance)
        return [name for name in flags if name not in result.flags]
