from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import torch
from mmdet.structures import DetDataSample
from mmdet.structures.bbox import bbox2roi
from mmengine.structures import InstanceData
from torch import Tensor, nn

from mmadvrain.functional.pixel_space import image_hw

from .attacked_model import FeatureCut
from .supported import check_truth
from .training_mode import asks_for_mode, training_mode
from .watch_stages import watch_stages

if TYPE_CHECKING:  # importing all detectors takes seconds
    from mmdet.models.detectors import BaseDetector

RPNLevels: TypeAlias = tuple[list[Tensor], list[Tensor]]


@contextmanager
def _replaced(module: nn.Module, method: str,
              result: object) -> Iterator[None]:
    """Let a method of one object return what it has returned before."""
    before = module.__dict__.get(method)
    module.__dict__[method] = lambda *args, **kwargs: result
    try:
        yield
    finally:
        del module.__dict__[method]
        if before is not None:
            module.__dict__[method] = before


@dataclass
class DetectorOutputs:
    """What one forward pass of a detector made of a batch, as it is asked.

    Features and RPN outputs are computed once, whichever objectives ask.

    Attributes:
        model: Any MMDetection detector.
        inputs: Normalised batch. Shape (N, 3, H, W).
        samples: One for each image, with ground truth in pixels of the
            network's input.
    """
    model: 'BaseDetector'
    inputs: Tensor
    samples: list[DetDataSample]
    _features: tuple[Tensor, ...] | None = None
    _stages: dict[int, Tensor] | None = None
    _rpn: RPNLevels | None = None

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def features(self) -> tuple[Tensor, ...]:
        """Feature maps, each of shape (N, C, h, w)."""
        if self._features is None:
            self._features = self._extract()
        return self._features

    @property
    def stages(self) -> dict[int, Tensor]:
        """Last feature map of the backbone at each stride, by stride.

        Whoever asks for both asks for these first: one pass gives both then.
        """
        if self._stages is None:
            with watch_stages(self.model.backbone,
                              image_hw(self.inputs)) as self._stages:
                features = self._extract()
            self._features = self._features or features
        return self._stages

    def cut_features(self) -> FeatureCut | None:
        """See :class:`VictimOutputs`; call it before anything is asked.

        Returns:
            None where the training loss runs backbone or neck anew.
        """
        if self._asks_for_mode('backbone', 'neck'):
            return None
        whole = self.features
        leaves = tuple(level.detach().requires_grad_() for level in whole)
        self._features = leaves
        return FeatureCut(whole, leaves)

    def _extract(self) -> tuple[Tensor, ...]:
        # MMCV's RoIAlign reads memory as if it were (C, H, W), and takes
        # channels-last features for others without a word
        features = self.model.extract_feat(self.inputs)
        return tuple(feature.contiguous() for feature in features)

    @property
    def rpn(self) -> RPNLevels:
        """Class scores and box offsets of the RPN, a list of levels each."""
        return self.compute_rpn()

    def compute_rpn(self) -> RPNLevels:
        """Run the RPN unless it was run; call it where its graph is wanted.

        What is asked for under ``no_grad`` afterwards uses the same outputs.
        """
        if self._rpn is None:
            self._rpn = self.model.rpn_head(self.features)
        return self._rpn

    @cached_property
    def proposals(self) -> list[InstanceData]:
        """Regions of the RPN as in testing: ``bboxes`` and ``scores``.

        In pixels of the network's input, without gradient.
        """
        levels = self.compute_rpn()
        with torch.no_grad():
            regions: list[InstanceData]
            regions = self.model.rpn_head.predict_by_feat(
                *levels,
                batch_img_metas=[sample.metainfo for sample in self.samples],
                rescale=False)
        return regions

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
            nothing: Tensor = rois.new_zeros(
                0, self.model.roi_head.bbox_head.num_classes)
            return self.features[0].sum() * nothing
        with self.shared_features() as model:
            outputs: dict[str, Tensor]
            outputs = model.roi_head._bbox_forward(self.features, rois)
        return outputs['cls_score']

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
        stages, rpn = self._stages, self._rpn
        return DetectorOutputs(
            self.model,
            self.inputs[part],
            self.samples[part],
            tuple(level[part] for level in self.features),
            stages and {
                s: level[part]
                for s, level in stages.items()
            },
            rpn and ([level[part]
                      for level in rpn[0]], [level[part] for level in rpn[1]]),
        )

    @contextmanager
    def shared_features(self,
                        training: bool = False) -> Iterator['BaseDetector']:
        """Let the detector's own methods use what was computed already.

        Args:
            training: In training mode, where networks that ask for the mode
                are run again. Defaults to False.
        """
        with ExitStack() as stack:
            if not training or not self._asks_for_mode('backbone', 'neck'):
                stack.enter_context(
                    _replaced(self.model, 'extract_feat', self.features))
                if self._rpn is not None and not (
                        training and self._asks_for_mode('rpn_head')):
                    stack.enter_context(
                        _replaced(self.model.rpn_head, 'forward', self._rpn))
            yield self.model

    def _asks_for_mode(self, *parts: str) -> bool:
        return any(
            asks_for_mode(part)
            for part in (getattr(self.model, name, None) for name in parts)
            if part is not None)

    def training_losses(self) -> dict[str, Tensor]:
        """What the detector's own training step would report, by name.

        Batch norm and dropout are as in evaluation; random draws come from
        PyTorch's and NumPy's global states. Terms that MMDetection gives as
        lists are summed, as :meth:`parse_losses` does it.

        Raises:
            ValueError: If the truth lacks what the loss compares with.
        """
        for sample in self.samples:
            check_truth(self.model, sample)
        with training_mode(self.model), \
                self.shared_features(training=True) as model:
            losses: dict[str, Tensor | list[Tensor]] = model.loss(
                self.inputs, [sample.clone() for sample in self.samples])
        zero = self.inputs.new_zeros(())
        return {
            name:
            sum((part.mean() for part in (
                value if isinstance(value, (list, tuple)) else [value])), zero)
            for name, value in losses.items() if 'loss' in name
        }

    def detections(self) -> list[DetDataSample]:
        """Detections in pixels of the network's input, without gradient."""
        with self.shared_features() as model, torch.no_grad():
            predictions: list[DetDataSample]
            predictions = model.predict(
                self.inputs, [sample.clone() for sample in self.samples],
                rescale=False)
        return predictions
