import math
from collections.abc import Mapping, Sequence

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmadvrain.datasets.native_images import NativeSample
from mmadvrain.perturbations.base_perturbation import BasePerturbation
from mmadvrain.registry import HOOKS
from mmadvrain.store.attack_store import AttackStore
from mmadvrain.structures.attack_result import AttackResult
from mmadvrain.structures.run_results import RunResults
from mmadvrain.victims.base_victim import BaseVictim


@HOOKS.register_module()
class AttackScoreHook(Hook):
    """Send an attack's curves and scores to the visualizer's backends.

    They are what the run's config names in ``visualizer.vis_backends``, such
    as those of TensorBoard, Weights & Biases and MLflow; pictures come by
    :class:`RainVisualizationHook`.

    Sent are ``attack/OBJECTIVE`` at each step, the mean over the images that
    the main process or an actor attacked in this part of the run,
    ``attack/step`` beside it for backends that count by themselves; and at
    the end ``VIEW/METRIC``, ``magnitude/VIEW/MEASURE``, ``flags/FLAG``, the
    number of images that raised it, ``run/failed_images`` and
    ``run/seconds_per_image``.
    """

    def __init__(self) -> None:
        self._sums: dict[str, list[float]] = {}
        self._images = 0

    def after_attack_iter(self, runner: Runner, batch_idx: int,
                          samples: Sequence[NativeSample],
                          results: Sequence[AttackResult], victim: BaseVictim,
                          perturbation: BasePerturbation) -> None:
        """Add up the curves of one batch; called by the attack loop."""
        for result in results:
            self._add(result.losses)

    def after_attack_elsewhere(self, runner: Runner, store: AttackStore,
                               names: Sequence[str]) -> None:
        """Add up curves that an actor has stored; called by the loop."""
        for name in names:
            record = store.written(name) or {}
            if 'losses' in record:  # of an image that did not fail
                self._add(record['losses'])

    def _add(self, losses: Mapping[str, Sequence[float | None]]) -> None:
        self._images += 1
        for name, curve in losses.items():
            before = self._sums.get(name, [0.] * len(curve))
            self._sums[name] = [
                a + (math.nan if b is None else b)
                for a, b in zip(before, curve)
            ]

    def after_attack(self, runner: Runner, results: RunResults) -> None:
        """Send all; called by the attack loop when the scores are there."""
        if not is_main_process():  # visualizers write nothing elsewhere
            return
        steps = max(map(len, self._sums.values()), default=0)
        for step in range(steps):
            means = {
                f'attack/{name}': sums[step] / self._images
                for name, sums in self._sums.items()
            }
            runner.visualizer.add_scalars(
                dict(_finite(means), **{'attack/step': step + 1}),
                step=step + 1)
        runner.visualizer.add_scalars(attack_scores(results))


def attack_scores(results: RunResults) -> dict[str, float]:
    """Numbers of a run, flat, without what is not finite.

    Args:
        results: Of the run.
    """
    scores: dict[str, float | None] = {
        f'{view}/{name}': value
        for view, metrics in results.views.items()
        for name, value in metrics.items()
    }
    scores.update({
        f'magnitude/{view}/{name}': value
        for view, measures in results.magnitude.items()
        for name, value in measures.items()
    })
    scores.update({
        f'flags/{name}': len(images)
        for name, images in results.flags.items()
    })
    scores['run/failed_images'] = len(results.failed)
    scores['run/seconds_per_image'] = results.seconds_per_image
    return _finite(scores)


def _finite(scores: dict) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in scores.items()
        if value is not None and math.isfinite(value)
    }
