from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import Any

import torch
from mmdet.structures import DetDataSample
from mmdet.structures.bbox import bbox2roi
from mmengine.structures import InstanceData
from torch import Tensor, nn

from .watch_stages import watch_stages


@contextmanager
def _replaced(module: nn.Module, method: str, result: Any) -> Iterator[None]:
    """Let a method of one object return what it has returned before."""
    own = module.__dict__.get(method)
    module.__dict__[method] = lambda *args, **kwargs: result
    try:
        yield
    finally:
        del module.__dict__[method]
        if own is not None:
            module.__dict__[method] = own


class DetectorOutputs:
    """What one forward pass of a detector made of a batch, as it is asked.

    Features and RPN outputs are computed once, whichever objectives ask.

    Args:
        model: Any MMDetection detector.
        inputs: Normalised batch. Shape (N, 3, H, W).
        samples: One for each image, with ground truth in pixels of the
            network's input.
    """

    def __init__(self, model: nn.Module, inputs: Tensor,
                 samples: list[DetDataSample]) -> None:
        self.model = model
        self.inputs = inputs
        self.samples = samples

    def __len__(self) -> int:
        return len(self.samples)

    @cached_property
    def features(self) -> tuple[Tensor, ...]:
        """Feature maps, each of shape (N, C, h, w)."""
        return self._extract()

    @cached_property
    def stages(self) -> dict[int, Tensor]:
        """Last feature map of the backbone at each stride, by stride.

        Whoever asks for both asks for these first: one pass gives both then.
        """
        with watch_stages(self.model.backbone,
                          tuple(self.inputs.shape[-2:])) as stages:
            features = self._extract()
        # through __dict__: a cached property
        self.__dict__.setdefault('features', features)
        return stages

    def _extract(self) -> tuple[Tensor, ...]:
        # MMCV's RoIAlign reads memory as if it were (C, H, W), and takes
        # channels-last features for others without a word
        features = self.model.extract_feat(self.inputs)
        return tuple(feature.contiguous() for feature in features)

    @cached_property
    def rpn(self) -> tuple[list[Tensor], list[Tensor]]:
        """Class scores and box offsets of the RPN, one pair a level."""
        return self.model.rpn_head(self.features)

    @cached_property
    def proposals(self) -> list[InstanceData]:
        """Regions of the RPN as in testing: ``bboxes`` and ``scores``.

        In pixels of the network's input, without gradient.
        """
        self.rpn  # computed here, with its graph, and kept
        with torch.no_grad():
            return self.model.rpn_head.predict_by_feat(
                *self.rpn,
                batch_img_metas=[sample.metainfo for sample in self.samples],
                rescale=False)

    def roi_logits(self, boxes: Sequence[Tensor]) -> Tensor:
        """Class logits of the second stage, background last if it has one.

        Args:
            boxes: Regions of each image, (x1, y1, x2, y2) in pixels of the
                network's input, each of shape (T, 4).

        Returns:
            In the order of the images. Shape (sum of T, C).
        """
        rois = bbox2roi(boxes)
        if not len(rois):
            return self.features[0].sum() * rois.new_zeros(
                0, self.model.roi_head.bbox_head.num_classes)
        with self.shared_features() as model:
            return model.roi_head._bbox_forward(self.features,
                                                rois)['cls_score']

    @cached_property
    def rpn_priors(self) -> Tensor:
        """Anchors of all levels in pixels (x1, y1, x2, y2). Shape (A, 4)."""
        sizes = [score.shape[-2:] for score in self.rpn[0]]
        # the device has to be named: the default is a GPU
        return torch.cat(
            self.model.rpn_head.prior_generator.grid_priors(
                sizes, dtype=self.inputs.dtype, device=self.inputs.device))

    def rpn_flat(self) -> tuple[Tensor, Tensor]:
        """Objectness logits and box offsets in the order of the anchors.

        Returns:
            Foreground logits (foreground minus background for a softmax RPN),
            shape (N, A), and offsets (dx, dy, dw, dh), shape (N, A, 4).
        """
        scores, offsets = self.rpn
        batch = len(self)
        logits = torch.cat([
            score.permute(0, 2, 3, 1).reshape(
                batch, -1, self.model.rpn_head.cls_out_channels)
            for score in scores
        ], 1)
        if self.model.rpn_head.use_sigmoid_cls:
            foreground = logits[..., 0]
        else:  # MMDetection puts the background last
            foreground = logits[..., 0] - logits[..., -1]
        flat = torch.cat([
            offset.permute(0, 2, 3, 1).reshape(batch, -1, 4)
            for offset in offsets
        ], 1)
        return foreground, flat

    def single(self, index: int) -> 'DetectorOutputs':
        """The outputs of one image, as if it were alone in the batch."""
        part = slice(index, index + 1)
        one = DetectorOutputs(self.model, self.inputs[part],
                              self.samples[part])
        # through __dict__: these are cached properties
        one.__dict__['features'] = tuple(f[part] for f in self.features)
        if 'stages' in self.__dict__:
            one.__dict__['stages'] = {
                stride: stage[part]
                for stride, stage in self.stages.items()
            }
        if 'rpn' in self.__dict__:
            one.__dict__['rpn'] = tuple([level[part] for level in kind]
                                        for kind in self.rpn)
        return one

    @contextmanager
    def shared_features(self) -> Iterator[nn.Module]:
        """Let the detector's own methods use what was computed already."""
        features = self.features
        with ExitStack() as stack:
            stack.enter_context(
                _replaced(self.model, 'extract_feat', features))
            if 'rpn' in self.__dict__:
                stack.enter_context(
                    _replaced(self.model.rpn_head, 'forward', self.rpn))
            yield self.model

    def detections(self) -> list[DetDataSample]:
        """Detections in pixels of the network's input, without gradient."""
        self.features  # computed here, with its graph, and kept
        with torch.no_grad(), self.shared_features() as model:
            return model.predict(
                self.inputs, [sample.clone() for sample in self.samples],
                rescale=False)
