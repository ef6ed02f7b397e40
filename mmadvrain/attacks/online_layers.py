"""Rain layers of attacks that run while a derainer is trained."""
from typing import Any, Dict, Optional, Tuple, Union

import torch
from mmengine.config import Config
from torch import Tensor

from mmadvrain.functional.streaks import render_streaks
from mmadvrain.models.classifiers import ImageClassifier
from mmadvrain.registry import TASK_UTILS
from mmadvrain.structures import RainFactors
from mmadvrain.victims import (ClassifierVictim, DetectorVictim,
                               build_victim_model)
from .iterative_attack import IterativeAttack


@TASK_UTILS.register_module()
class OnlineLayers:
    """Layers of attacks on the very image that is trained on.

    Source: "Generate an adversarial rain layer with new noise
    initialization", line 4 of Algorithm 3 of the paper, as it stands: each
    layer starts from new factors and is optimised against the clean image,
    or the patch of it. What the victim itself sees there is taken for true:
    the class, or the objects of at least ``DetectorVictim.guess``'s score; a
    detector that finds none is driven to false alarms.

    A layer costs as many passes as the attack has steps, forwards and
    backwards, on the CPU and in the worker: :class:`BankLayers` is the fast
    path.

    Args:
        victim (dict | DetectorVictim | ClassifierVictim): The model under
            attack. As a dict: ``config``, file of a detector or of an
            :class:`ImageClassifier`; ``checkpoint``, file or URL, where the
            config's ``load_from`` is not meant; ``trust``, to unpickle a
            checkpoint that holds more than weights.
        attack (dict | IterativeAttack, optional): The attack, on a
            :class:`RainLayer`. None takes that of the victim's config.
            Defaults to None.

    Raises:
        FileNotFoundError: If the config or the checkpoint is not there.
        ValueError: If there is no attack, or there are no weights.
        TypeError: If the attack does not make rain.
    """

    #: The clean image is to be handed over.
    needs_clean = True

    def __init__(
            self,
            victim: Union[Dict, DetectorVictim, ClassifierVictim],
            attack: Optional[Union[Dict, IterativeAttack]] = None) -> None:
        if isinstance(victim, dict):
            victim, own = build_victim(**victim)
            attack = attack or own
        if not attack:
            raise ValueError('`attack` must be given, since the config of the '
                             'victim has none in `test_cfg`')
        self.victim: Any = victim
        self.attack: IterativeAttack = TASK_UTILS.build(attack) if isinstance(
            attack, dict) else attack
        size_hw = (8, 8)
        drawn = self.attack.perturbation.begin(
            torch.zeros(3, *size_hw), torch.Generator())
        if not isinstance(drawn, RainFactors):
            raise TypeError('the attack must make rain, as RainLayer does, '
                            f'but {type(self.attack.perturbation).__name__} '
                            f'makes {type(drawn).__name__}')

    def draw_layer(self, size_hw: Tuple[int, int], generator: torch.Generator,
                   clean: Tensor) -> Tensor:
        """Attack an image from new factors; the same generator, the same rain.

        Args:
            size_hw (tuple[int, int]): Height and width of the image.
            generator (torch.Generator): On the CPU.
            clean (Tensor): RGB in [0, 1]. Shape (3, H, W).

        Returns:
            Tensor: Not negative, float32. Shape (C, H, W).

        Raises:
            ValueError: If the image is not of that size.
        """
        if tuple(clean.shape[-2:]) != tuple(size_hw):
            raise ValueError(f'wanted an image of {tuple(size_hw)}, got '
                             f'{tuple(clean.shape[-2:])} (height, width)')
        key = int(torch.randint(2**62, (), generator=generator))
        result, = self.attack.run(self.victim, [clean],
                                  [self.victim.guess(clean)], [key])
        with torch.no_grad():
            return render_streaks(result.params).cpu()


def build_victim(config: Any,
                 checkpoint: Optional[str] = None,
                 trust: bool = False) -> Tuple[Any, Optional[Dict]]:
    """Build the victim of a config, and find the attack that it names.

    Args:
        config (str | Path): File of a detector or of an
            :class:`ImageClassifier`.
        checkpoint (str, optional): File or URL of its weights. Defaults to
            None.
        trust (bool): See :class:`OnlineLayers`. Defaults to False.

    Returns:
        tuple[DetectorVictim | ClassifierVictim, dict | None]: The victim, on
        the CPU; and ``test_cfg.attack``, where there is one.

    Raises:
        FileNotFoundError: If the config or the checkpoint is not there.
        ValueError: If there are no weights, or they do not fit.
    """
    parsed = Config.fromfile(config)
    model = build_victim_model(parsed, checkpoint, trust, device='cpu')
    kind = ClassifierVictim if isinstance(model,
                                          ImageClassifier) else DetectorVictim
    own = (parsed.get('test_cfg') or {}).get('attack')
    return kind(model.requires_grad_(False)), own
