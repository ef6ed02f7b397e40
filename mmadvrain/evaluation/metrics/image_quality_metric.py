"""How near a derained image is to the clean one."""
from collections.abc import Sequence

import numpy as np
from mmengine.evaluator import BaseMetric
from torch import Tensor

from mmadvrain.evaluation.functional.image_quality import (
    lpips_distance,
    psnr,
    ssim,
    to_channels,
    to_grey_levels,
)
from mmadvrain.registry import METRICS


@METRICS.register_module()
class ImageQualityMetric(BaseMetric):
    """PSNR, SSIM and perhaps LPIPS between two images of each sample.

    Keys are ``psnr_y``, ``ssim_y``, ``psnr_rgb``, ``ssim_rgb`` and ``lpips``
    after the prefix: mean over the images, PSNR in dB, not rounded. One image
    that equals its reference makes the mean PSNR infinite. What published
    numbers use, with images stored in 8 bit first:

    - PReNet, and most of the field: ``psnr_y`` and ``ssim_y`` (MATLAB), with
      ``quantise='truncate'`` and ``ssim_downsample=True``, which matters from
      384 pixels of the shorter side on.
    - EfDeRain: ``psnr_rgb`` and ``ssim_rgb`` (Python), ``'truncate'``.
      Its SSIM is scikit-image's with a flat window, not this one.

    Args:
        image: Name of the image in the data sample. Defaults to
            ``'derained'``.
        reference: Name of what it is compared with. Defaults to ``'clean'``.
        metrics: From ``'psnr'``, ``'ssim'``, ``'lpips'``, the last of which
            needs the package ``lpips`` and its weights. Defaults to ('psnr',
            'ssim').
        spaces: From ``'y'``, ``'rgb'``, for PSNR and SSIM. Defaults to ('y',
            'rgb').
        quantise: See :func:`to_grey_levels`. Defaults to ``'round'``.
        ssim_downsample: See :func:`ssim`. Defaults to False.
        lpips_net: Network of LPIPS. Defaults to ``'alex'``.
        collect_device: ``'cpu'`` or ``'gpu'``. Defaults to ``'cpu'``.
        prefix: Prefix of the keys. None takes ``image``. Defaults to None.

    Raises:
        ValueError: If an argument is outside the values above.
        ImportError: If LPIPS is wanted and not installed.
    """

    def __init__(self,
                 image: str = 'derained',
                 reference: str = 'clean',
                 metrics: Sequence[str] = ('psnr', 'ssim'),
                 spaces: Sequence[str] = ('y', 'rgb'),
                 quantise: str | None = 'round',
                 ssim_downsample: bool = False,
                 lpips_net: str = 'alex',
                 collect_device: str = 'cpu',
                 prefix: str | None = None) -> None:
        _check_choices('metrics', metrics, ('psnr', 'ssim', 'lpips'))
        _check_choices('spaces', spaces, ('y', 'rgb'))
        if quantise not in ('round', 'truncate', None):
            raise ValueError("quantise must be 'round', 'truncate' or None, "
                             f'but got {quantise!r}')
        super().__init__(collect_device=collect_device, prefix=prefix or image)
        self.image = image
        self.reference = reference
        self.metrics = tuple(metrics)
        self.spaces = tuple(spaces)
        self.quantise = quantise
        self.ssim_downsample = ssim_downsample
        self.lpips = lpips_distance(lpips_net) if 'lpips' in metrics else None

    def process(self, data_batch: object,
                data_samples: Sequence[dict]) -> None:
        """Compare the images of a batch.

        Args:
            data_batch: Not used.
            data_samples: Each with the two images, RGB in [0, 1], shape (3, H,
                W).

        Raises:
            KeyError: If a sample lacks one of the images.
            ValueError: If two images differ in size, or are too small for
                SSIM.
        """
        for sample in data_samples:
            pair = []
            for name in (self.image, self.reference):
                if name not in sample:
                    raise KeyError(f'data sample of {sample.get("img_path")} '
                                   f'has no {name!r} image')
                pair.append(to_grey_levels(sample[name], self.quantise))
            if pair[0].shape != pair[1].shape:
                raise ValueError(
                    f'{self.image} and {self.reference} image must be of one '
                    f'shape, but got {tuple(pair[0].shape)} and '
                    f'{tuple(pair[1].shape)} for {sample.get("img_path")}')
            try:
                self.results.append(self._compare(*pair))
            except ValueError as error:
                raise ValueError(f'{sample.get("img_path")}: {error}') \
                    from error

    def _compare(self, image: Tensor, reference: Tensor) -> dict[str, float]:
        """Compute all scores of one image."""
        scores = {}
        for space in self.spaces:
            pair = to_channels(image, space), to_channels(reference, space)
            if 'psnr' in self.metrics:
                scores[f'psnr_{space}'] = psnr(*pair)
            if 'ssim' in self.metrics:
                scores[f'ssim_{space}'] = ssim(*pair, self.ssim_downsample)
        if self.lpips is not None:
            scores['lpips'] = self.lpips(image, reference)
        return scores

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Average over all images.

        Args:
            results: Scores of each image.

        Returns:
            Mean scores.
        """
        return {
            key: float(np.mean([scores[key] for scores in results]))
            for key in results[0]
        }


def _check_choices(name: str, values: Sequence[str],
                   allowed: Sequence[str]) -> None:
    """Raise if there are no values, or others than allowed."""
    if isinstance(values, str) or not values or set(values) - set(allowed):
        raise ValueError(f'{name} must be one or more of {list(allowed)}, but '
                         f'got {values!r}')
