from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmengine.model import BaseDataPreprocessor, BaseModel
from torch import Tensor, nn

from mmadvrain.functional.pixel_space import from_bgr_levels
from mmadvrain.models.derainers.base_derainer import keep_own_weights
from mmadvrain.registry import MODELS
from mmadvrain.structures.class_data_sample import ClassDataSample


@MODELS.register_module()
class ClassDataPreprocessor(BaseDataPreprocessor):
    """Move a batch to the device and turn it to RGB in [0, 1].

    Images keep their sizes; resize and normalisation are part of
    :class:`ImageClassifier`, so that a gradient passes through them.
    """

    def forward(self, data: dict, training: bool = False) -> dict:
        """Preprocess a batch.

        Args:
            data: ``inputs``, a list of images, BGR in [0, 255], shape (3, H,
                W), and ``data_samples``, or None.
            training: Not used.

        Returns:
            ``inputs``, a list of RGB images in [0, 1], and ``data_samples``.
        """
        data = self.cast_data(data)
        return dict(
            inputs=[from_bgr_levels(image) for image in data['inputs']],
            data_samples=data.get('data_samples'))


@MODELS.register_module()
class ImageClassifier(BaseModel):
    """Any classifier, from native images in [0, 1] to logits.

    Deraining, crop, resize and normalisation are part of the graph, so that
    an attack on a classifier behind a derainer is adaptive.

    Args:
        network: Normalised batch of shape (N, 3, H, W) to logits of shape (N,
            classes), or its config, e.g. :class:`TimmNetwork`. It may know its
            own ``input_hw``, ``mean`` and ``std``.
        input_size: Height and width of the network's input. None takes the
            network's own.
        mean: Of RGB in [0, 1]. None takes the network's own, or (0, 0, 0)
            where it has none.
        std: Of RGB in [0, 1]. None takes the network's own, or (1, 1, 1) where
            it has none.
        crop: Side of the centre square that the network sees, as a share of
            the image's shorter side, in (0, 1]. None shows the whole image,
            squeezed into the input if it is not square. Defaults to None.
        derainer: What takes rain out of the native image first, its result
            clipped to [0, 1]: RGB in [0, 1], shape (N, 3, H, W), to the same.
            Its ``checkpoint`` names its weights, which stay as they are.
            Defaults to None.
        data_preprocessor: None takes :class:`ClassDataPreprocessor`. Defaults
            to None.
        init_cfg: Of MMEngine. Defaults to None.

    Raises:
        ValueError: If the input size is unknown, or a number is out of range.
    """

    def __init__(self,
                 network: nn.Module | dict,
                 input_size: int | Sequence[int] | None = None,
                 mean: Sequence[float] | None = None,
                 std: Sequence[float] | None = None,
                 crop: float | None = None,
                 derainer: nn.Module | dict | None = None,
                 data_preprocessor: dict | None = None,
                 init_cfg: dict | None = None) -> None:
        super().__init__(
            data_preprocessor=data_preprocessor
            or dict(type='mmadvrain.ClassDataPreprocessor'),
            init_cfg=init_cfg)
        self.network = MODELS.build(network) if isinstance(network,
                                                           dict) else network
        self.input_hw = self._size(input_size)
        for name, value, default in (('mean', mean, 0.), ('std', std, 1.)):
            if value is None:
                value = getattr(self.network, name, None) or [default] * 3
            if len(value) != 3 or (name == 'std' and min(value) <= 0):
                raise ValueError(f'`{name}` must be three numbers, one for '
                                 'each of RGB in [0, 1]'
                                 f'{", positive" * (name == "std")}, but got '
                                 f'{value}')
            self.register_buffer(
                name,
                torch.tensor([float(v) for v in value])[:, None, None],
                persistent=False)
        if crop is not None and not 0 < crop <= 1:
            raise ValueError(f'`crop` must be None or in (0, 1], got {crop}')
        self.crop = crop
        self.derainer = MODELS.build(derainer) if isinstance(
            derainer, dict) else derainer
        if self.derainer is not None:
            self.derainer.requires_grad_(False)

    def _size(self, size: int | Sequence[int] | None) -> tuple[int, int]:
        if size is None:
            size = getattr(self.network, 'input_hw', None)
        pair = (size, size) if isinstance(size, int) else size
        if pair is None or len(pair) != 2 or min(pair) < 1:
            raise ValueError('`input_size` must be given, a positive int or '
                             '(height, width), where the network does not '
                             f'know its own, but got {size!r}')
        return int(pair[0]), int(pair[1])

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return self.mean.device

    def encode(self, images: Sequence[Tensor]) -> Tensor:
        """Native images -> the network's input, differentiable.

        The resize is bilinear without antialiasing.

        Args:
            images: RGB in [0, 1], each of shape (3, H, W).

        Returns:
            Shape (N, 3, *input_hw).
        """
        inputs = []
        for image in images:
            if self.derainer is not None:
                image = self.derainer(image[None])[0].clamp(0, 1)
            if self.crop is not None:
                height, width = image.shape[-2:]
                side = max(1, round(self.crop * min(height, width)))
                top, left = (height - side) // 2, (width - side) // 2
                image = image[:, top:top + side, left:left + side]
            if tuple(image.shape[-2:]) != self.input_hw:
                image = F.interpolate(
                    image[None],
                    size=self.input_hw,
                    mode='bilinear',
                    align_corners=False)[0]
            inputs.append(image)
        return (torch.stack(inputs) - self.mean) / self.std

    def logits(self, images: Sequence[Tensor]) -> Tensor:
        """Forward pass.

        Args:
            images: RGB in [0, 1], each of shape (3, H, W).

        Returns:
            Shape (N, classes).

        Raises:
            ValueError: If the network returns anything else.
        """
        logits = self.network(self.encode(images))
        if not isinstance(logits, Tensor) or logits.ndim != 2 or \
                len(logits) != len(images):
            found = tuple(logits.shape) if isinstance(
                logits, Tensor) else type(logits).__name__
            raise ValueError('a classifier must return logits of shape (N, '
                             f'classes), N = {len(images)}, but got {found}')
        return logits

    def predict(
            self, images: Sequence[Tensor],
            data_samples: Sequence[ClassDataSample]) -> list[ClassDataSample]:
        """Write classes into data samples.

        Args:
            images: RGB in [0, 1], each of shape (3, H, W).
            data_samples: One an image; changed.

        Returns:
            With ``pred_label``, and ``pred_loss`` where the true class is
            known.
        """
        logits = self.logits(images)
        for sample, row in zip(data_samples, logits.detach()):
            sample.pred_label = row.argmax().cpu()
            if 'gt_label' in sample:
                sample.pred_loss = F.cross_entropy(
                    row, sample.gt_label.to(row.device)).cpu()
        return list(data_samples)

    def forward(
        self,
        inputs: Sequence[Tensor],
        data_samples: Sequence[ClassDataSample] | None = None,
        mode: str = 'tensor'
    ) -> Tensor | list[ClassDataSample] | dict[str, Tensor]:
        """Classify a batch.

        Args:
            inputs: RGB in [0, 1], each of shape (3, H, W).
            data_samples: One an image.
            mode: ``'tensor'`` returns logits, ``'predict'`` data samples,
                ``'loss'`` the mean cross-entropy. Defaults to ``'tensor'``.

        Raises:
            ValueError: If there is no such mode.
        """
        if mode == 'tensor':
            return self.logits(inputs)
        if mode == 'predict':
            samples = data_samples or [ClassDataSample() for _ in inputs]
            return self.predict(inputs, samples)
        if mode == 'loss':
            labels = torch.stack([s.gt_label for s in data_samples or ()])
            return dict(
                loss=F.cross_entropy(
                    self.logits(inputs), labels.to(self.device)))
        raise ValueError("mode must be 'tensor', 'loss' or 'predict', but got "
                         f'{mode!r}')

    def _load_from_state_dict(self, state_dict: dict, prefix: str, *args: Any,
                              **kwargs: Any) -> None:
        """Load; weights of a bare classifier leave the derainer's alone."""
        if self.derainer is not None:
            keep_own_weights(self.derainer, state_dict, f'{prefix}derainer.')
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
