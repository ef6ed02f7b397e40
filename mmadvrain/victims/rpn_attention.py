from typing import Optional, Tuple

import torch
from mmengine.dataset import Compose
from mmengine.registry import DefaultScope
from torch import Tensor

from mmadvrain.functional.attention import attention_map
from mmadvrain.functional.pixel_space import to_bgr_uint8
from .build_detector import build_detector
from .detector_outputs import DetectorOutputs


class RPNAttention:
    """Where the RPN of a detector sees objects in an image.

    Args:
        config (str): Config file of a detector with an RPN. Its test pipeline
            prepares the image.
        checkpoint (str, optional): Its weights. None takes the config's
            ``load_from``.

    Raises:
        FileNotFoundError: If config or checkpoint are not there.
        ValueError: If the detector has no RPN.
    """

    def __init__(self, config: str, checkpoint: Optional[str] = None) -> None:
        self.model, parsed = build_detector(config, checkpoint)
        if not getattr(self.model, 'with_rpn', False):
            raise ValueError('attention wants a two-stage detector with an '
                             f'RPN, but got {type(self.model).__name__}')
        steps = [
            step for step in parsed.test_dataloader.dataset.pipeline
            if not step['type'].rpartition('.')[2].startswith('Load')
        ]
        with DefaultScope.overwrite_default_scope(
                parsed.get('default_scope', 'mmdet')):
            self.pipeline = Compose(steps)

    @torch.no_grad()
    def __call__(self, clean: Tensor, size_hw: Tuple[int, int]) -> Tensor:
        """See :func:`mmadvrain.functional.attention.attention_map`.

        Args:
            clean (Tensor): RGB in [0, 1]. Shape (3, H, W).
            size_hw (tuple[int, int]): Height and width of the map, which
                spans the image.

        Returns:
            Tensor: In [0, 1], on the image's device. Shape ``size_hw``.
        """
        self.model.to(clean.device)
        native_hw = tuple(clean.shape[-2:])
        packed = self.pipeline(
            dict(
                img=to_bgr_uint8(clean),
                img_id=0,
                img_path='',
                ori_shape=native_hw,
                img_shape=native_hw))
        data = self.model.data_preprocessor(
            dict(
                inputs=[packed['inputs']],
                data_samples=[packed['data_samples']]), False)
        outputs = DetectorOutputs(self.model, data['inputs'],
                                  data['data_samples'])
        return proposal_attention(outputs, 0, native_hw, size_hw)


def proposal_attention(outputs: DetectorOutputs, index: int,
                       native_hw: Tuple[int, ...],
                       size_hw: Tuple[int, int]) -> Tensor:
    """Attention on one image of a batch, on a map that spans the image.

    Args:
        outputs (DetectorOutputs): Of a detector with an RPN.
        index (int): Of the image.
        native_hw (tuple[int, int]): Its height and width before resize and
            padding.
        size_hw (tuple[int, int]): Height and width of the map.

    Returns:
        Tensor: In [0, 1]. Shape ``size_hw``.
    """
    found = outputs.proposals[index]
    scale_w, scale_h = outputs.samples[index].metainfo.get(
        'scale_factor', (1., 1.))
    factor = found.bboxes.new_tensor([
        size_hw[1] / (native_hw[1] * scale_w),
        size_hw[0] / (native_hw[0] * scale_h)
    ])
    return attention_map(found.bboxes * factor.repeat(2), found.scores,
                         size_hw)
