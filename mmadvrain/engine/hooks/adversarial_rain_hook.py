import copy
from functools import cached_property, partial

from mmdet.structures import DetDataSample
from mmengine.runner import Runner
from torch import Tensor, nn

from mmadvrain.functional.pixel_space import from_bgr_levels, to_bgr_levels
from mmadvrain.registry import HOOKS
from mmadvrain.structures.injected_rain import InjectedRain
from mmadvrain.victims.detector_victim import DetectorVictim

from .base_adversarial_hook import BaseAdversarialHook
from .image_names import ImageNames


@HOOKS.register_module()
class AdversarialRainHook(BaseAdversarialHook):
    """Train a detector on rain that is made against it as it is by then.

    Images are attacked as they leave the data loader: BGR, augmented, at the
    network's resolution. A batch gets ``injected_rain``, an
    :class:`InjectedRain` each. For random or stored rain there is
    :class:`RainInjectionHook`; without rain the images stay bit for bit.

    Arguments are those of :class:`BaseAdversarialHook`.
    """

    @cached_property
    def names(self) -> ImageNames:
        """Names of the files of what is shown."""
        return ImageNames()

    def let_it_rain(self, runner: Runner, model: nn.Module, data_batch: dict,
                    chosen: dict[int, str]) -> None:
        """See :class:`BaseAdversarialHook`."""
        inputs = list(data_batch['inputs'])
        samples = data_batch['data_samples']
        clean = [from_bgr_levels(inputs[i]) for i in chosen]
        results = self.attack.run(
            DetectorVictim(model), clean,
            [_as_native(samples[i], inputs[i]) for i in chosen],
            list(chosen.values()))
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


def _as_native(sample: DetDataSample, image: Tensor) -> DetDataSample:
    """The sample of an augmented image, as if it were loaded like that."""
    target = copy.deepcopy(sample)
    size_hw = tuple(image.shape[-2:])
    target.set_metainfo(
        dict(ori_shape=size_hw, img_shape=size_hw, scale_factor=(1., 1.)))
    return target
