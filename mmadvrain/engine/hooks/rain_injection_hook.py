from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmengine.structures import BaseDataElement
from torch import Tensor

from mmadvrain.functional.pixel_space import (
    from_bgr_levels,
    image_hw,
    to_bgr_levels,
)
from mmadvrain.rain.compose import check_compose_model, compose_rain
from mmadvrain.rain.factors import RainFactors
from mmadvrain.rain.streaks import render_streaks
from mmadvrain.rain.uniform_factors import UniformFactors
from mmadvrain.registry import HOOKS, TASK_UTILS
from mmadvrain.structures.injected_rain import InjectedRain
from mmadvrain.typing import SizeHW
from mmadvrain.utils.random import private_generator

from .image_names import ImageNames

_FLIPPED = dict(horizontal=(-1, ), vertical=(-2, ), diagonal=(-1, -2))


@HOOKS.register_module()
class RainInjectionHook(Hook):
    """Put rain in front of any model in any MMDetection run.

    Images are changed as they leave the data loader, before the model's data
    preprocessor: BGR, of 8 bits unless the pipeline made them floats, at the
    network's resolution. Padding that the pipeline added stays dry, except
    in training, where random rain falls on all that augmentation made.
    Given rain is rendered at the resolution it was made for and resized with
    the image; random rain is drawn at the network's. Of an image that was
    flipped, before any padding, the rain is flipped as well, so that the views
    of test-time augmentation show one scene. A cropped image would need rain
    to match: given rain refuses it.

    Args:
        factors: Folder of factor files, ``NAME.safetensors`` for the image
            ``NAME.jpg``, with subfolders like the images', as an attack writes
            them. None draws random rain.
        init: Distribution of random rain. None means :class:`UniformFactors`
            as it is.
        probability: Share of the images that get rain. Defaults to 1.
        compose: Rain synthesis model. Defaults to ``'additive'``.
        train, test (bool): In which runs; validation counts as a test.
            Default to True.
        seed: Random rain depends on it, on the image's id and, in training, on
            the iteration. Defaults to 0.

    Raises:
        FileNotFoundError: If the folder or an image's factors are not there.
        ValueError: If an option is out of range.
    """

    def __init__(self,
                 factors: str | None = None,
                 init: dict | UniformFactors | None = None,
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
        if init is None:
            init = UniformFactors()
        self.init = TASK_UTILS.build(init) if isinstance(init, dict) else init
        self.probability = probability
        self.compose = check_compose_model(compose)
        self.train = train
        self.test = test
        self.seed = seed
        self.names = ImageNames()

    def _before_iter(self,
                     runner: Runner,
                     batch_idx: int,
                     data_batch: dict | None = None,
                     mode: str = 'train') -> None:
        training = mode == 'train'
        active = self.train if training else self.test
        if not active or not data_batch:
            return
        stream = f'injection/{runner.iter}' if training else 'random'
        inputs, samples = data_batch['inputs'], data_batch['data_samples']
        # test-time augmentation brings a list of images for each view
        augmented = isinstance(samples[0], (list, tuple))
        views = list(zip(inputs, samples)) if augmented else [(inputs,
                                                               samples)]
        rainy: list[list[Tensor]] = []
        injected: list[list[InjectedRain]] = []
        factors = [
            self._factors(
                sample,
                self._scene_hw(sample, image, training),
                stream,
            ) for image, sample in zip(*views[0])
        ]
        for number, (images, of) in enumerate(views):
            rainy.append(list(images))
            injected.append([])
            for i, found in enumerate(factors):
                if found is None:
                    continue
                name = self.names.of(runner, mode, of[i].img_path)
                rainy[-1][i], rain = self._rain(images[i], of[i], found,
                                                training)
                rain.name = f'{name}_view{number}' if augmented else name
                injected[-1].append(rain)
        data_batch['inputs'] = rainy if augmented else rainy[0]
        data_batch['injected_rain'] = injected if augmented else injected[0]

    def _rain(self, image: Tensor, sample: BaseDataElement,
              factors: RainFactors,
              training: bool) -> tuple[Tensor, InjectedRain]:
        """One image with rain; the rain has no name yet."""
        height, width = self._scene_hw(sample, image, training)
        clean = from_bgr_levels(image[:, :height, :width]).cpu()
        layer = self._layer(factors, (height, width))
        meta = sample.metainfo
        # rain that was drawn for an augmented image is as it is there
        if meta.get('flip') and (self.factors is not None or not training):
            axes = _FLIPPED[meta.get('flip_direction') or 'horizontal']
            layer = layer.flip(axes)
        rainy = compose_rain(clean, layer, self.compose)
        image = image.clone()
        image[:, :height, :width] = to_bgr_levels(rainy, image.dtype)
        return image, InjectedRain('', clean, factors,
                                   partial(_brightened, layer), rainy)

    def _scene_hw(self, sample: BaseDataElement, image: Tensor,
                  training: bool) -> SizeHW:
        """Height and width of the part that is no padding."""
        size_hw = image_hw(image)
        meta = sample.metainfo
        if training and self.factors is None or 'scale_factor' not in meta:
            return size_hw
        scale_w, scale_h = meta['scale_factor']
        scene_hw = (round(meta['ori_shape'][0] * scale_h),
                    round(meta['ori_shape'][1] * scale_w))
        if scene_hw[0] > size_hw[0] or scene_hw[1] > size_hw[1]:
            if self.factors is not None:
                raise ValueError(
                    f'given rain does not fit the cropped image '
                    f'{sample.img_path}: wanted at least {scene_hw} pixels '
                    f'(height, width), but got {size_hw}')
            return size_hw
        return scene_hw

    def _factors(self, sample: BaseDataElement, size_hw: SizeHW,
                 stream: str) -> RainFactors | None:
        key = sample.metainfo.get('img_id', sample.img_path)
        generator = private_generator(self.seed, key, stream)
        if torch.rand((), generator=generator) >= self.probability:
            return None
        if self.factors is None:
            return self.init.draw(size_hw, generator)
        return RainFactors.load(self._file(sample.img_path))

    def _file(self, img_path: str) -> Path:
        """Factor file below the folder that ends as the image's path does."""
        path = Path(img_path)
        # an attack keeps the suffix where only that tells two images apart
        for file in (Path(f'{path}{RainFactors.suffix}'),
                     path.with_suffix(RainFactors.suffix)):
            parts = file.parts[1:] if file.is_absolute() else file.parts
            for start in range(len(parts)):
                found = Path(str(self.factors), *parts[start:])
                if found.is_file():
                    return found
        raise FileNotFoundError(f'no factor file {file.name} of the image '
                                f'{img_path} in {self.factors}')

    @staticmethod
    def _layer(factors: RainFactors, size_hw: SizeHW) -> Tensor:
        """Rain layer at the size of the image."""
        layer = render_streaks(factors)
        if image_hw(layer) != size_hw:
            layer = F.interpolate(
                layer[None],
                size=size_hw,
                mode='bilinear',
                align_corners=False)[0]
        return layer


def _brightened(layer: Tensor, gain: float) -> Tensor:
    return (gain * layer).clamp(0, 1)
