from collections.abc import Sequence
from typing import Any, cast

import torch
from mmengine.hooks import Hook

from mmadvrain.datasets.native_images import NativeSample
from mmadvrain.perturbations.noise import Noise
from mmadvrain.rain.factors import RainFactors
from mmadvrain.registry import HOOKS
from mmadvrain.structures.attack_result import AttackResult


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

    def after_attack_iter(self, runner: Any, batch_idx: int,
                          samples: Sequence[NativeSample],
                          results: Sequence[AttackResult]) -> None:
        """Check the results of one batch; called by the attack loop."""
        for sample, result in zip(samples, results):
            result.flags += self.check(sample, result)

    def check(self, sample: NativeSample, result: AttackResult) -> list[str]:
        """Names of the flags to raise for one image.

        Args:
            sample: The clean image.
            result: What the attack found.

        Returns:
            Empty if all is well.
        """
        image, target = result.image, cast(Any, sample.target)
        finite = bool(torch.isfinite(image).all())
        changed = not torch.equal((image.cpu() * 255).round(),
                                  (sample.clean * 255).round())
        raised = dict(
            not_finite=not finite,
            out_of_range=finite
            and bool((image < 0).any() | (image > 1).any()),
            out_of_bounds=not self._inside(sample, result),
            unchanged=not changed,
            no_objects='gt_instances' in target
            and not len(target.gt_instances),
            no_progress=result.best_step == 1
            and len(result.summed_losses) > 1)
        return [
            name for name, wrong in raised.items()
            if wrong and name not in result.flags
        ]

    def _inside(self, sample: NativeSample, result: AttackResult) -> bool:
        params = result.params
        if isinstance(params, RainFactors):
            return self._inside_box(params, result.initial_params)
        if isinstance(params, Noise):
            # what the image shows, not what the noise says of itself
            change = params.replace(result.image.cpu() - sample.clean)
            apart = change.values - change.project().values
            return bool((apart.abs() <= self.tolerance).all())
        return True

    def _inside_box(self, factors: RainFactors, start: RainFactors) -> bool:
        nearest = factors.project()
        apart = [(getattr(factors, name) - getattr(nearest, name)).abs()
                 for name in ('noise', 'theta', 'kernels')]
        near = all(bool((a <= self.tolerance).all()) for a in apart)
        return near and len(factors) <= len(start)
