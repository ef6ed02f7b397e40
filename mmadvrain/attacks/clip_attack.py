"""The one loop over steps, on a clip that one perturbation runs through."""
from collections.abc import Callable, Sequence
from typing import Any, cast

import torch
from torch import Tensor

from mmadvrain.structures.attack_result import AttackResult
from mmadvrain.typing import Image, ImageKey
from mmadvrain.victims.attacked_model import AttackedModel, OutputsT, SampleT

from .image_run import ImageRun
from .iterative_attack import IterativeAttack


class ClipAttack(IterativeAttack):
    """Attack the frames of a clip with one set of parameters.

    To the loop a clip is one image, of shape (F, 3, H, W), and so it is to
    its perturbation, such as :class:`VolumePerturbation`. Objectives are
    averaged over the frames. The victim sees one frame at a time, whose graph
    is gone before the next, so memory grows by images and not by activations.

    Args:
        after_frame: Called when the victim has seen a frame. Defaults to
            None.
        **options: Of :class:`IterativeAttack`.
    """

    def __init__(self,
                 after_frame: Callable[[], None] | None = None,
                 **options: Any) -> None:
        super().__init__(**options)
        self.after_frame = after_frame

    def run_clip(self, victim: AttackedModel[SampleT,
                                             OutputsT], frames: Tensor,
                 targets: Sequence[SampleT], key: ImageKey) -> AttackResult:
        """Attack one clip.

        Args:
            victim: The model under attack, e.g. :class:`DetectorVictim`.
            frames: Clean frames, RGB in [0, 1]. Shape (F, 3, H, W). Not
                changed.
            targets: What the objectives need to know of each frame. Not
                changed.
            key: Identity of the clip; with the seed it decides every random
                draw.

        Raises:
            ValueError: If frames and targets are not as many, or there are
                none.
        """
        if not len(frames) == len(targets) > 0:
            raise ValueError('a clip wants a target of each frame, but got '
                             f'{len(frames)} frames and {len(targets)} '
                             'targets')
        told = cast(SampleT, list(targets))
        with victim.frozen():
            result, = self._run_group(victim, [frames.to(victim.device)],
                                      [told], [key])
        return result

    def _ask(
        self, victim: AttackedModel[SampleT, OutputsT], drawn: list[Image],
        targets: list[SampleT], states: list[object], runs: list[ImageRun],
        turn: Sequence[int]
    ) -> tuple[list[list[float]], list[Tensor], list[list[float]]]:
        """Show the frames to the victim, one after the other."""
        values, grads, sizes = [], [], []
        for frame, target, state in zip(drawn[0],
                                        cast(list[SampleT], targets[0]),
                                        cast(list[list[object]], states)):
            value, grad, size = super()._ask(victim, [frame], [target], state,
                                             runs, turn)
            values += value
            grads += grad
            sizes += size
            if self.after_frame is not None:
                self.after_frame()
        if not grads:
            return [_mean(values)], [], []
        return [_mean(values)], [torch.stack(grads) / len(grads)
                                 ], [_mean(sizes)]

    def _prepare(self, victim: AttackedModel[SampleT,
                                             OutputsT], clean: list[Image],
                 targets: list[SampleT], keys: list[ImageKey]) -> list[object]:
        """States of the objectives, by frame."""
        frames, told = clean[0], cast(list[SampleT], targets[0])
        return [
            super(ClipAttack, self)._prepare(victim, [frame], [target],
                                             [f'{keys[0]}/{i}'])
            for i, (frame, target) in enumerate(zip(frames, told))
        ]


def _mean(rows: list[list[float]]) -> list[float]:
    """Mean of each column."""
    return [sum(column) / len(rows) for column in zip(*rows)]
