from typing import Any

from mmengine.runner import Runner
from torch import nn

from mmadvrain.attacks.iterative_attack import IterativeAttack
from mmadvrain.attacks.online_rain import attack_in_part, require_rain
from mmadvrain.functional.pixel_space import image_hw
from mmadvrain.models.derainers.derain_model import to_unit_range
from mmadvrain.registry import HOOKS
from mmadvrain.structures.derain_data_sample import DerainDataSample
from mmadvrain.typing import SizeHW
from mmadvrain.victims.derainer_victim import DerainerVictim

from .base_adversarial_hook import BaseAdversarialHook


@HOOKS.register_module()
class AdversarialDerainHook(BaseAdversarialHook):
    """Train a derainer on rain that it fails on as it is by then.

    A loop of attack and training: the clean image of a pair gets rain that is
    made against the derainer itself, e.g. to lower
    :class:`RestorationObjective`, and is the rainy image of this iteration,
    rounded to 8 bits where the batch is. Other images keep the rain that they
    have.

    Args:
        attack: On a :class:`RainPerturbation`; see
            :class:`BaseAdversarialHook`.
        view_hw: Height and width, in pixels, of the photographs that the
            patches of a batch are parts of, see :class:`OnlineRain`. Defaults
            to (480, 640).
        **options: Of :class:`BaseAdversarialHook`.

    Raises:
        TypeError: If the attack does not make rain.
    """

    def __init__(self,
                 attack: dict | IterativeAttack,
                 view_hw: SizeHW | None = (480, 640),
                 **options: Any) -> None:
        super().__init__(attack, **options)
        require_rain(self.attack)
        self.view_hw = view_hw

    def let_it_rain(self, runner: Runner, model: nn.Module, data_batch: dict,
                    chosen: dict[int, str]) -> None:
        """See :class:`BaseAdversarialHook`."""
        if not chosen:
            return
        inputs = list(data_batch['inputs'])
        samples = data_batch['data_samples']
        clean = [to_unit_range(samples[i].clean) for i in chosen]
        # images of a training batch are of one size
        attack = attack_in_part(self.attack, image_hw(clean[0]), self.view_hw)
        results = attack.run(
            DerainerVictim(model), clean,
            [DerainDataSample(clean=image) for image in clean],
            list(chosen.values()))
        for i, result in zip(chosen, results):
            rainy = result.image.to(inputs[i].device)
            if not inputs[i].is_floating_point():
                rainy = (rainy * 255).round().to(inputs[i].dtype)
            inputs[i] = rainy
        data_batch['inputs'] = inputs
