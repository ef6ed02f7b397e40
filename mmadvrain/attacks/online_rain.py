"""Rain of attacks that run while a derainer is trained."""
import copy

import torch
from mmengine.config import Config
from torch import Tensor

from mmadvrain.models.classifiers.image_classifier import ImageClassifier
from mmadvrain.perturbations import RainPerturbation
from mmadvrain.registry import TASK_UTILS
from mmadvrain.typing import PathLike, SizeHW
from mmadvrain.victims.base_victim import BaseVictim
from mmadvrain.victims.build import build_victim_model
from mmadvrain.victims.classifier_victim import ClassifierVictim
from mmadvrain.victims.detector_victim import DetectorVictim

from .iterative_attack import IterativeAttack


@TASK_UTILS.register_module()
class OnlineRain:
    """Layers of attacks on the very image that is trained on.

    Source: "Generate an adversarial rain layer with new noise
    initialization", line 4 of Algorithm 3 of the paper, as it stands: each
    layer starts from new factors and is optimised against the clean image,
    or the patch of it, whose streaks are those of the photograph that it is a
    part of. What the victim itself sees there is taken for true:
    the class, or the objects of at least ``DetectorVictim.guess``'s score; a
    detector that finds none is driven to false alarms.

    A layer costs as many passes as the attack has steps, forwards and
    backwards, on the CPU and in the worker: :class:`BankRain` is the fast
    path.

    Args:
        victim: The model under attack. As a dict: ``config``, file of a
            detector or of an :class:`ImageClassifier`; ``checkpoint``, file or
            URL, where the config's ``load_from`` is not meant; ``trust``, to
            unpickle a checkpoint that holds more than weights.
        attack: The attack, on a :class:`RainPerturbation`. None takes that of
            the victim's config. Defaults to None.
        view_hw: Height and width, in pixels, of the photograph, as of
            :class:`UniformRain`. None takes the image for the whole. Defaults
            to (480, 640).

    Raises:
        FileNotFoundError: If the config or the checkpoint is not there.
        ValueError: If there is no attack, or there are no weights.
        TypeError: If the attack does not make rain.
    """

    #: The clean image is to be handed over.
    needs_clean = True

    def __init__(
        self,
        victim: dict | BaseVictim,
        attack: dict | IterativeAttack | None = None,
        view_hw: SizeHW | None = (480, 640)
    ) -> None:
        if isinstance(victim, dict):
            victim, own = build_victim(**victim)
            attack = attack or own
        if not attack:
            raise ValueError('`attack` must be given, since the config of the '
                             'victim has none in `test_cfg`')
        self.view_hw = view_hw
        self.victim: BaseVictim = victim
        self.attack: IterativeAttack = TASK_UTILS.build(attack) if isinstance(
            attack, dict) else attack
        require_rain(self.attack)

    def draw_layer(self, size_hw: SizeHW, generator: torch.Generator,
                   clean: Tensor) -> Tensor:
        """Attack an image from new factors; the same generator, the same rain.

        Args:
            size_hw: Height and width of the image.
            generator: On the CPU.
            clean: RGB in [0, 1]. Shape (3, H, W).

        Returns:
            Not negative, float32. Shape (C, H, W).

        Raises:
            ValueError: If the image is not of that size.
        """
        if tuple(clean.shape[-2:]) != tuple(size_hw):
            raise ValueError(f'wanted an image of {tuple(size_hw)}, got '
                             f'{tuple(clean.shape[-2:])} (height, width)')
        key = int(torch.randint(2**62, (), generator=generator))
        attack = attack_in_part(self.attack, size_hw, self.view_hw)
        result, = attack.run(self.victim, [clean], [self.victim.guess(clean)],
                             [key])
        with torch.no_grad():
            return require_rain(attack).layer(result.params).cpu()


def require_rain(attack: IterativeAttack) -> RainPerturbation:
    """Return the perturbation of an attack.

    Raises:
        TypeError: If it is no rain of the paper's factors.
    """
    rain = attack.perturbation
    if not isinstance(rain, RainPerturbation):
        raise TypeError('the attack must make rain, as RainPerturbation '
                        f'does, but it has a {type(rain).__name__}')
    return rain


def attack_in_part(attack: IterativeAttack, part_hw: SizeHW,
                   view_hw: SizeHW | None) -> IterativeAttack:
    """The same attack on a part of a photograph.

    Args:
        attack: On a :class:`RainPerturbation`. Stays as it is.
        part_hw: Height and width of the part, in pixels.
        view_hw: Of the photograph; None takes the part for the whole.
    """
    part = copy.copy(attack)
    if view_hw is not None:
        part.perturbation = require_rain(attack).in_part(part_hw, view_hw)
    return part


def build_victim(config: PathLike,
                 checkpoint: str | None = None,
                 trust: bool = False) -> tuple[BaseVictim, dict | None]:
    """Build the victim of a config, and find the attack that it names.

    Args:
        config: File of a detector or of an :class:`ImageClassifier`.
        checkpoint: File or URL of its weights. Defaults to None.
        trust: See :class:`OnlineRain`. Defaults to False.

    Returns:
        The victim, on the CPU; and ``test_cfg.attack``, where there is one.

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
