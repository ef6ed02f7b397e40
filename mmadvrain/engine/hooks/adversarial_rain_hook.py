import copy
from functools import partial

import torch
from mmdet.structures import DetDataSample
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch import Tensor

from mmadvrain.attacks.iterative_attack import IterativeAttack
from mmadvrain.functional.pixel_space import from_bgr_levels, to_bgr_levels
from mmadvrain.registry import HOOKS, TASK_UTILS
from mmadvrain.structures.injected_rain import InjectedRain
from mmadvrain.utils.random import private_generator
from mmadvrain.victims.detector_victim import DetectorVictim

from .image_names import ImageNames


@HOOKS.register_module()
class AdversarialRainHook(Hook):
    """Train a detector on rain that is made against it as it is by then.

    Before each training iteration some images of the batch are attacked, as
    they leave the data loader: BGR, augmented, at the network's resolution.
    The detector that is trained is the victim and comes back unchanged. For
    random or stored rain there is :class:`RainInjectionHook`; without rain
    the images stay bit for bit.

    Args:
        attack: The attack; a few steps, since each costs a pass forwards and
            backwards.
        probability: Share of the images that get rain. Defaults to 0.5.
        begin: First iteration with rain. Defaults to 0.
        seed: Which images get rain depends on it, on the image's id and the
            iteration. Defaults to 0.

    Raises:
        ValueError: If an option is out of range.
    """

    def __init__(self,
                 attack: dict | IterativeAttack,
                 probability: float = 0.5,
                 begin: int = 0,
                 seed: int = 0) -> None:
        if not 0 <= probability <= 1:
            raise ValueError(
                f'`probability` must be in [0, 1], but got {probability}')
        if begin < 0:
            raise ValueError(f'`begin` must not be negative, but got {begin}')
        self.attack: IterativeAttack = TASK_UTILS.build(attack) if isinstance(
            attack, dict) else attack
        self.probability = probability
        self.begin = begin
        self.seed = seed
        self.names = ImageNames()

    def before_train_iter(self,
                          runner: Runner,
                          batch_idx: int,
                          data_batch: dict | None = None) -> None:
        """Put adversarial rain into a batch.

        Args:
            runner: The runner, whose model is the victim.
            batch_idx: Index of the batch.
            data_batch: ``inputs``, images of shape (3, H, W), and
                ``data_samples``. Its ``inputs`` are replaced, and
                ``injected_rain`` lists an :class:`InjectedRain` each.
        """
        if not data_batch or runner.iter < self.begin:
            return
        inputs = list(data_batch['inputs'])
        samples = data_batch['data_samples']
        keys = [f'{_key(sample)}/{runner.iter}' for sample in samples]
        chosen = [i for i, key in enumerate(keys) if self._is_chosen(key)]
        model = runner.model.module if is_model_wrapper(
            runner.model) else runner.model
        clean = [from_bgr_levels(inputs[i]) for i in chosen]
        results = self.attack.run(
            DetectorVictim(model), clean,
            [_as_native(samples[i], inputs[i]) for i in chosen],
            [keys[i] for i in chosen])
        injected: list[InjectedRain] = []
        for i, image, result in zip(chosen, clean, results):
            rainy = result.image.to(inputs[i].device)
            inputs[i] = to_bgr_levels(rainy, inputs[i].dtype)
            picture = partial(self.attack.perturbation.picture, result.params,
                              result.image, image.to(result.image.device))
            injected.append(
                InjectedRain(
                    self.names.of(runner, 'train', samples[i].img_path), image,
                    result.params, picture, rainy))
        data_batch['inputs'] = inputs
        data_batch['injected_rain'] = injected

    def _is_chosen(self, key: str) -> bool:
        generator = private_generator(self.seed, key, 'training')
        return bool(torch.rand((), generator=generator) < self.probability)


def _key(sample: DetDataSample) -> int | str:
    return sample.metainfo.get('img_id', sample.img_path)


def _as_native(sample: DetDataSample, image: Tensor) -> DetDataSample:
    """The sample of an augmented image, as if it were loaded like that."""
    target = copy.deepcopy(sample)
    size_hw = tuple(image.shape[-2:])
    target.set_metainfo(
        dict(ori_shape=size_hw, img_shape=size_hw, scale_factor=(1., 1.)))
    return target
