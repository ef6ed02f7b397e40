from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mmadvrain.attacks.objectives.base_objective import (
    BaseObjective,
    require_rpn,
)
from mmadvrain.functional.pixel_space import from_bgr_uint8
from mmadvrain.registry import TASK_UTILS
from mmadvrain.utils.images import read_image

from .rpn_attention import attention_map


@TASK_UTILS.register_module()
class AttentionFeatureObjective(BaseObjective):
    r"""Pull features of several stages towards fixed ones, where it matters.

    Source: the multi-scale attention feature loss of UEA (Wei et al., IJCAI
    2019): :math:`L = \sum_m w_m \|A_m \circ (F_m - R_m)\|_2^2`, summed over
    channels and positions. The attention :math:`A_m` is that of the RPN on
    the clean image, see :func:`mmadvrain.functional.attention_map`. The
    released code takes for :math:`F_m` relu3_3 and relu4_2 of VGG16, and for
    :math:`R_m` their values on one target image. Differs from it in: stages
    are named by their stride, so that every backbone has them; on VGG16 that
    of stride 8 ends one convolution later, at relu4_3.

    Args:
        target_image: Image file whose features are :math:`R_m`, stretched to
            the size of the network's input. None takes an image of uniform
            random pixels, always the same one. Defaults to None.
        strides: Stages. Defaults to (4, 8).
        weights: Weight of each stage. Defaults to (1e-4, 2e-4).
        name: Name of the curve. Defaults to ``'feature'``.

    Raises:
        FileNotFoundError: If the target image is not there.
        ValueError: If it is no image, strides and weights do not match, or
            the victim has no RPN or no stage of a stride.
    """
    needs_clean = True
    needs_stages = True

    def __init__(self,
                 target_image: str | None = None,
                 strides: Sequence[int] = (4, 8),
                 weights: Sequence[float] = (1e-4, 2e-4),
                 name: str = 'feature') -> None:
        if not strides or len(strides) != len(weights):
            raise ValueError('`weights` must have one entry a stride, but got '
                             f'{list(weights)} for {list(strides)}')
        self.target_image = None if target_image is None else from_bgr_uint8(
            read_image(target_image))
        self.strides = tuple(strides)
        self.weights = tuple(weights)
        self.name = name

    def prepare(
        self, outputs: Any, generators: list[torch.Generator]
    ) -> list[list[tuple[Tensor, Tensor]]]:
        """Attention of each image and stage, and the features to reach."""
        require_rpn(outputs, 'AttentionFeatureObjective')
        missing = set(self.strides) - set(outputs.stages)
        if missing:
            raise ValueError(
                f'`strides` {sorted(missing)} are not those of a stage: '
                f'{type(outputs.model.backbone).__name__} has '
                f'{sorted(outputs.stages)}')
        wanted = self._target_stages(outputs)
        height, width = outputs.inputs.shape[-2:]
        states = []
        for found in outputs.proposals:
            state = []
            for stride in self.strides:
                size_hw = tuple(wanted[stride].shape[-2:])
                factor = found.bboxes.new_tensor(
                    [size_hw[1] / width, size_hw[0] / height] * 2)
                mask = attention_map(found.bboxes * factor, found.scores,
                                     size_hw)
                state.append((mask, wanted[stride]))
            states.append(state)
        return states

    @torch.no_grad()
    def _target_stages(self, outputs: Any) -> Any:
        """Stages of the target image, at the size of the batch."""
        size_hw = tuple(outputs.inputs.shape[-2:])
        if self.target_image is None:
            image = torch.rand((1, 3, *size_hw),
                               generator=torch.Generator().manual_seed(0))
        else:
            image = F.interpolate(
                self.target_image[None],
                size_hw,
                mode='bilinear',
                antialias=True).clamp(0, 1)
        pixels = (image[0].flip(0) * 255).to(outputs.inputs.device)
        inputs = outputs.model.data_preprocessor(
            dict(inputs=[pixels], data_samples=None), False)['inputs']
        return {
            stride: stage[0]
            for stride, stage in type(outputs)(outputs.model, inputs,
                                               []).stages.items()
        }

    def loss(self, outputs: Any, state: Any) -> Tensor:
        """See :class:`BaseObjective`."""
        values = []
        for i, stages in enumerate(state):
            terms = [
                weight * (mask *
                          (outputs.stages[stride][i] - wanted)).square().sum()
                for weight, stride, (
                    mask, wanted) in zip(self.weights, self.strides, stages)
            ]
            values.append(torch.stack(terms).sum())
        return torch.stack(values)
