from abc import ABC, abstractmethod

import torch
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from mmengine.structures import BaseDataElement
from torch import nn

from mmadvrain.attacks.iterative_attack import IterativeAttack
from mmadvrain.registry import TASK_UTILS
from mmadvrain.utils.random import private_generator


class BaseAdversarialHook(Hook, ABC):
    """Train a model on rain that is made against it as it is by then.

    Before each training iteration some images of the batch are attacked. The
    model that is trained is the one under attack and comes back unchanged.

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

    def before_train_iter(self,
                          runner: Runner,
                          batch_idx: int,
                          data_batch: dict | None = None) -> None:
        """Put adversarial rain into a batch.

        Args:
            runner: The runner, whose model is attacked.
            batch_idx: Index of the batch.
            data_batch: ``inputs``, images of shape (3, H, W), and
                ``data_samples``. Its ``inputs`` are replaced.
        """
        if not data_batch or runner.iter < self.begin:
            return
        keys = [
            f'{_key(sample)}/{runner.iter}'
            for sample in data_batch['data_samples']
        ]
        chosen = {i: key for i, key in enumerate(keys) if self._is_chosen(key)}
        model = runner.model
        if is_model_wrapper(model):
            model = model.module
        self.let_it_rain(runner, model, data_batch, chosen)

    @abstractmethod
    def let_it_rain(self, runner: Runner, model: nn.Module, data_batch: dict,
                    chosen: dict[int, str]) -> None:
        """Attack images of a batch and put them in.

        Args:
            runner: The runner.
            model: The model that is trained.
            data_batch: The batch, which is changed.
            chosen: Which images of it, each with the key of its random draws.
        """

    def _is_chosen(self, key: str) -> bool:
        generator = private_generator(self.seed, key, 'training')
        return bool(torch.rand((), generator=generator) < self.probability)


def _key(sample: BaseDataElement) -> int | str:
    return sample.metainfo.get('img_id', sample.img_path)
