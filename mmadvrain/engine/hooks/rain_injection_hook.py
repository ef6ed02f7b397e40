from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple, Union

import torch
import torch.nn.functional as F
from mmengine.hooks import Hook
from torch import Tensor

from mmadvrain.functional import render_streaks
from mmadvrain.functional.compose import check_compose_model, compose_rain
from mmadvrain.functional.pixel_space import from_bgr_uint8, to_bgr_uint8
from mmadvrain.perturbations import UniformFactors
from mmadvrain.registry import HOOKS, TASK_UTILS
from mmadvrain.structures import RainFactors
from mmadvrain.utils.random import private_generator


@HOOKS.register_module()
class RainInjectionHook(Hook):
    """Put rain in front of any model in any MMDetection run.

    Images are changed as they leave the data loader, before the model's data
    preprocessor: BGR of 8 bits, at the network's resolution, inside
    ``img_shape`` without padding. Given rain is rendered at the resolution
    it was made for and resized with the image; random rain is drawn at the
    network's. A flipped image would need flipped rain: given rain refuses it.

    Args:
        factors (str, optional): Folder of factor files, ``NAME.npz`` for the
            image ``NAME.jpg``, as an attack writes them. None draws random
            rain.
        init (dict): Distribution of random rain.
        probability (float): Share of the images that get rain. Defaults
            to 1.
        compose (str): Rain synthesis model. Defaults to ``'additive'``.
        train, test (bool): In which runs; validation counts as a test.
            Default to True.
        seed (int): Random rain depends on it, on the image's id and, in
            training, on the epoch. Defaults to 0.

    Raises:
        FileNotFoundError: If the folder or an image's factors are not there.
        ValueError: If an option is out of range.
    """

    def __init__(self,
                 factors: Optional[str] = None,
                 init: Union[Dict, UniformFactors] = dict(
                     type='mmadvrain.UniformFactors'),
                 probability: float = 1.,
                 compose: str = 'additive',
                 train: bool = True,
                 test: bool = True,
                 seed: int = 0) -> None:
        if not 0 <= probability <= 1:
            raise ValueError(
                f'`probability` must be in [0, 1], but got {probability}')
        if factors is not None and not Path(factors).is_dir():
            raise FileNotFoundError(f'no folder of factor files at {factors}')
        self.factors = factors
        self.init = TASK_UTILS.build(init) if isinstance(init, dict) else init
        self.probability = probability
        self.compose = check_compose_model(compose)
        self.train = train
        self.test = test
        self.seed = seed

    def _before_iter(self,
                     runner: Any,
                     batch_idx: int,
                     data_batch: Optional[Dict] = None,
                     mode: str = 'train') -> None:
        active = self.train if mode == 'train' else self.test
        if not active or not data_batch:
            return
        stream = f'injection/{runner.epoch}' if mode == 'train' else 'random'
        injected: List[Tuple] = []
        inputs = list(data_batch['inputs'])
        for i, sample in enumerate(data_batch['data_samples']):
            image = inputs[i]
            clean = from_bgr_uint8(image.permute(1, 2, 0).cpu().numpy())
            factors = self._factors(sample, tuple(clean.shape[-2:]), stream)
            if factors is None:
                continue
            rainy = self._rain(clean, factors)
            levels = to_bgr_uint8(rainy).transpose(2, 0, 1)
            inputs[i] = torch.from_numpy(levels.copy()).to(image.device)
            injected.append((Path(sample.img_path).stem, clean, factors,
                             rainy))
        data_batch['inputs'] = inputs
        data_batch['injected_rain'] = injected

    def _factors(self, sample: Any, size_hw: Tuple[int, int],
                 stream: str) -> Optional[RainFactors]:
        key = sample.metainfo.get('img_id', sample.img_path)
        generator = private_generator(self.seed, key, stream)
        if torch.rand((), generator=generator) >= self.probability:
            return None
        if self.factors is None:
            return self.init.draw(size_hw, generator)
        if sample.metainfo.get('flip'):
            raise ValueError(
                f'given rain does not fit the flipped image {sample.img_path};'
                ' take RandomFlip out of the pipeline, or use random rain')
        path = Path(self.factors) / f'{Path(sample.img_path).stem}.npz'
        return RainFactors.load(path)

    def _rain(self, clean: Tensor, factors: RainFactors) -> Tensor:
        layer = render_streaks(factors)
        if layer.shape[-2:] != clean.shape[-2:]:
            layer = F.interpolate(
                layer[None],
                size=clean.shape[-2:],
                mode='bilinear',
                align_corners=False)[0]
        return compose_rain(clean, layer, self.compose)
