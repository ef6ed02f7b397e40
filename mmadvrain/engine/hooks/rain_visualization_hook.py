import logging
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import cv2
import numpy as np
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner
from mmengine.structures import BaseDataElement

from mmadvrain.datasets.native_images import NativeSample
from mmadvrain.functional.pixel_space import to_bgr_uint8
from mmadvrain.perturbations.base_perturbation import BasePerturbation
from mmadvrain.registry import HOOKS
from mmadvrain.store.attack_store import AttackStore
from mmadvrain.structures.attack_result import AttackResult
from mmadvrain.structures.params import Params
from mmadvrain.typing import BgrLevels, Image
from mmadvrain.utils.files import part_folder, write_png
from mmadvrain.victims.base_victim import BaseVictim


@HOOKS.register_module()
class RainVisualizationHook(Hook):
    """Show clean image, rain alone and rainy image with predictions.

    One panel an image goes to the backends of MMEngine's visualizer and to
    ``WORK_DIR/pictures``. Of several processes the main one draws its images,
    of the actors of a cluster the first.

    Args:
        num_images: How many panels, from the first image on. Defaults to 8.
        score_thr: Least score of a detection that is drawn. Defaults to 0.3.
        gain: Factor on the brightness of the rain alone. Defaults to 2.

    Raises:
        ValueError: If ``num_images`` is negative.
    """

    def __init__(self,
                 num_images: int = 8,
                 score_thr: float = 0.3,
                 gain: float = 2.) -> None:
        if num_images < 0:
            raise ValueError(
                f'`num_images` must not be negative, got {num_images}')
        self.num_images = num_images
        self.score_thr = score_thr
        self.gain = gain
        self.shown = 0

    def after_attack_iter(self, runner: Runner, batch_idx: int,
                          samples: Sequence[NativeSample],
                          results: Sequence[AttackResult], victim: BaseVictim,
                          perturbation: BasePerturbation) -> None:
        """Draw the results of one batch; called by the attack loop."""
        if not is_main_process():  # visualizers draw nothing elsewhere
            return
        left = max(self.num_images - self.shown, 0)
        for sample, result in list(zip(samples, results))[:left]:
            try:
                self._show(runner, sample,
                           self._panel(sample, result, victim, perturbation))
            except Exception as error:  # a picture less ends no run
                print_log(
                    f'no picture of {sample.name}: '
                    f'{type(error).__name__}: {error}',
                    logger='current',
                    level=logging.WARNING)
            self.shown += 1

    def after_attack_elsewhere(self, runner: Runner, store: AttackStore,
                               names: Sequence[str]) -> None:
        """Send pictures that an actor has drawn; called by the loop."""
        for name in names:
            panel = cv2.imread(str(_picture_path(runner, name))) if \
                self.shown < self.num_images else None
            if panel is not None:
                self._send(runner, name, panel)
                self.shown += 1

    def _show(self, runner: Runner, sample: NativeSample,
              panel: BgrLevels) -> None:
        write_png(
            _picture_path(runner, sample.name), panel,
            part_folder(runner.work_dir))
        self._send(runner, sample.name, panel)

    def _send(self, runner: Runner, name: str, panel: BgrLevels) -> None:
        # backends make no folders, MLflow's asks the name for the format
        quoted = quote(name, safe='')
        runner.visualizer.add_image(f'rain_{quoted}.png',
                                    np.ascontiguousarray(panel[..., ::-1]))

    def _panel(self, sample: NativeSample, result: AttackResult,
               victim: BaseVictim,
               perturbation: BasePerturbation) -> BgrLevels:
        clean, rainy = sample.clean, result.image.cpu()
        predictions = victim.predict([clean, rainy], [sample.target] * 2)
        return rain_panel(victim, perturbation, clean, rainy,
                          result.params.to('cpu'), predictions, self.score_thr,
                          self.gain)


def _picture_path(runner: Runner, name: str) -> Path:
    return Path(runner.work_dir) / 'pictures' / f'{name}.png'


def rain_panel(victim: BaseVictim,
               perturbation: BasePerturbation,
               clean: Image,
               rainy: Image,
               params: Params,
               predictions: Sequence[BaseDataElement],
               score_thr: float = 0.3,
               gain: float = 2.) -> BgrLevels:
    """Draw clean image, rain alone and rainy image side by side.

    Args:
        victim: Draws predictions.
        perturbation: Draws the rain.
        clean: The clean image, on the CPU.
        rainy: The rainy one, on the CPU.
        params: Of the rain, on the CPU.
        predictions: On the two, in pixels of the images.
        score_thr: Least score of a detection that is drawn. Defaults to 0.3.
        gain: Factor on the brightness of the rain alone. Defaults to 2.
    """
    before, after = (victim.draw(to_bgr_uint8(image), prediction, score_thr)
                     for image, prediction in zip((clean, rainy), predictions))
    alone = perturbation.picture(params, rainy, clean, gain)
    return np.hstack([before, to_bgr_uint8(alone), after])
