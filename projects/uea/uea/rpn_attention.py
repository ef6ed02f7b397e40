"""Where a detector looks, from the scores of its proposals."""

import torch
from mmengine.dataset import Compose
from mmengine.registry import DefaultScope
from torch import Tensor

from mmadvrain.functional.pixel_space import to_bgr_uint8
from mmadvrain.victims.build import build_detector
from mmadvrain.victims.detector_outputs import DetectorOutputs


def attention_map(boxes: Tensor, scores: Tensor,
                  size_hw: tuple[int, int]) -> Tensor:
    """Sum of the scores of the boxes that cover a pixel, scaled to [0, 1].

    Source: the attention of UEA (Wei et al., IJCAI 2019): the scores of the
    RPN's regions added up over their boxes, then min-max scaled. Differs from
    the released code in: a box covers every pixel that it touches, where the
    code cuts off both ends, so that small boxes vanish on small maps; a flat
    map, as that of no box, is zero instead of NaN.

    Args:
        boxes: (x1, y1, x2, y2) in pixels of the map. Shape (N, 4).
        scores: Not negative. Shape (N,).
        size_hw: Height and width of the map.

    Returns:
        In [0, 1], without graph. Shape (H, W), type of ``scores``.
    """
    height, width = size_hw
    boxes, weights = boxes.detach(), scores.detach().double()
    left = boxes[:, 0].floor().clamp(0, width).long()
    top = boxes[:, 1].floor().clamp(0, height).long()
    right = boxes[:, 2].ceil().clamp(0, width).long()
    bottom = boxes[:, 3].ceil().clamp(0, height).long()
    # the map is the double integral of what happens at the corners
    corners = weights.new_zeros(height + 1, width + 1)
    for rows, columns, sign in ((top, left, 1), (top, right, -1),
                                (bottom, left, -1), (bottom, right, 1)):
        corners.index_put_((rows, columns), sign * weights, accumulate=True)
    total = corners.cumsum(0).cumsum(1)[:height, :width]
    low, high = total.min(), total.max()
    # what cancels out leaves rounding behind
    if float(high - low) <= 1e-9 * float(weights.sum()):
        return torch.zeros_like(total).to(scores.dtype)
    return ((total - low) / (high - low)).to(scores.dtype)


class RPNAttention:
    """Where the RPN of a detector sees objects in an image.

    Args:
        config: Config file of a detector with an RPN. Its test pipeline
            prepares the image.
        checkpoint: Its weights. None takes the config's ``load_from``.

    Raises:
        FileNotFoundError: If config or checkpoint are not there.
        ValueError: If the detector has no RPN.
    """

    def __init__(self, config: str, checkpoint: str | None = None) -> None:
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
    def __call__(self, clean: Tensor, size_hw: tuple[int, int]) -> Tensor:
        """See :func:`projects.uea.uea.rpn_attention.attention_map`.

        Args:
            clean: RGB in [0, 1]. Shape (3, H, W).
            size_hw: Height and width of the map, which spans the image.

        Returns:
            In [0, 1], on the image's device. Shape ``size_hw``.
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
                       native_hw: tuple[int, ...],
                       size_hw: tuple[int, int]) -> Tensor:
    """Attention on one image of a batch, on a map that spans the image.

    Args:
        outputs: Of a detector with an RPN.
        index: Of the image.
        native_hw: Its height and width before resize and padding.
        size_hw: Height and width of the map.

    Returns:
        In [0, 1]. Shape ``size_hw``.
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
