from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmengine.hooks import Hook

from mmadvrain.datasets.native_images import NativeSample
from mmadvrain.functional.pixel_space import to_bgr_uint8
from mmadvrain.rain.factors import RainFactors
from mmadvrain.rain.streaks import render_streaks
from mmadvrain.registry import HOOKS
from mmadvrain.structures.attack_result import AttackResult
from mmadvrain.utils.files import write_png


@HOOKS.register_module()
class RainVisualizationHook(Hook):
    """Show clean image, rain layer and rainy image with what was found.

    One panel an image goes to the backends of MMEngine's visualizer and to
    ``WORK_DIR/pictures``.

    Args:
        num_images: How many panels, from the first image on. Defaults to 8.
        score_thr: Least score of a detection that is drawn. Defaults to 0.3.
        gain: The rain layer alone is brightened by this factor. Defaults to 2.

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

    def after_attack_iter(self, runner: Any, batch_idx: int,
                          samples: Sequence[NativeSample],
                          results: Sequence[AttackResult]) -> None:
        """Draw the results of one batch; called by the attack loop."""
        left = max(self.num_images - self.shown, 0)
        for sample, result in list(zip(samples, results))[:left]:
            panel = self._panel(runner, sample, result)
            name = sample.name.replace('/', '_')
            runner.visualizer.add_image(f'rain_{name}',
                                        np.ascontiguousarray(panel[..., ::-1]))
            write_png(
                Path(runner.work_dir) / 'pictures' / f'{sample.name}.png',
                panel)
            self.shown += 1

    def _panel(self, runner: Any, sample: NativeSample,
               result: AttackResult) -> np.ndarray:
        victim = runner.test_loop.victim
        classes = runner.test_loop.images.dataset.metainfo.get('classes')
        views = [sample.image, result.image.cpu()]
        found = victim.predict(views, [sample.target] * 2)
        drawn = [
            self._draw(to_bgr_uint8(image), detections, classes)
            for image, detections in zip(views, found)
        ]
        if isinstance(result.params, RainFactors):
            layer = self.gain * render_streaks(result.params)
        else:
            layer = 0.5 + self.gain * (result.image.cpu() - sample.image)
        return np.hstack(
            [drawn[0],
             to_bgr_uint8(layer.clamp(0, 1).cpu()), drawn[1]])

    def _draw(self, image: np.ndarray, detections: Any,
              classes: Any) -> np.ndarray:
        if 'pred_label' in detections:
            return self._name(image, detections, classes)
        found = detections.pred_instances.cpu()
        found = found[found.scores >= self.score_thr]
        image = image.copy()
        for box, label, score in zip(found.bboxes.tolist(),
                                     found.labels.tolist(),
                                     found.scores.tolist()):
            x1, y1, x2, y2 = (round(v) for v in box)
            colour = cv2.applyColorMap(
                np.uint8([[label * 47 % 256]]), cv2.COLORMAP_HSV)[0, 0]
            colour = tuple(int(c) for c in colour)
            cv2.rectangle(image, (x1, y1), (x2, y2), colour, 2)
            text = f'{classes[label]} {score:.2f}'
            cv2.putText(image, text, (x1 + 2, max(y1 + 14, 14)),
                        cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 3)
            cv2.putText(image, text, (x1 + 2, max(y1 + 14, 14)),
                        cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, 1)
        return image

    @staticmethod
    def _name(image: np.ndarray, sample: Any, classes: Any) -> np.ndarray:
        """Write the class found, green where it is the true one."""
        label = int(sample.pred_label)
        right = label == int(sample.gt_label)
        text = f'class {label}' if classes is None else classes[label]
        image = image.copy()
        for colour, width in (((0, 0, 0), 3), ((80, 220, 80) if right else
                                               (80, 80, 255), 1)):
            cv2.putText(image, text, (4, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45,
                        colour, width)
        return image
