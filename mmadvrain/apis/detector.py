"""A detector that looks at image files, and what it sees there."""
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from mmdet.apis import inference_detector
from mmdet.structures import DetDataSample
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import DATASETS, DefaultScope

from mmadvrain.datasets.listed_images import ListedImages
from mmadvrain.registry import type_of
from mmadvrain.typing import BgrLevels, PathLike
from mmadvrain.utils.files import write_png
from mmadvrain.victims.build import build_victim_model, victim_type
from mmadvrain.victims.detector_victim import DetectorVictim
from mmadvrain.victims.instance_masks import encode_mask


class Detector:
    """A detector with its weights and its test pipeline, without data.

    Args:
        config: An attack config; stays as it is.
        checkpoint: Weights; None takes the config's. Defaults to None.
        trust: See :func:`run_attack`. Defaults to False.
        device: None is MMEngine's choice. Defaults to None.

    Attributes:
        classes: Names of the labels.
        pipeline: Steps of the test pipeline that need no annotations.
        victim: The detector under attack; it speaks the labels above.

    Raises:
        ValueError: If no class names are known, the victim of the config is
            no detector, or the weights do not fit.
    """

    def __init__(self,
                 config: Config,
                 checkpoint: str | None = None,
                 trust: bool = False,
                 device: str | None = None) -> None:
        kind = victim_type(config.test_cfg.get('victim'))
        if not issubclass(kind, DetectorVictim):
            raise ValueError('wanted a detector, whose detections can be '
                             f'taken for true, but got a {kind.__name__}')
        self.scope = config.get('default_scope', 'mmdet')
        self.classes = class_names(config)
        self.pipeline = [
            step for step in config.test_dataloader.dataset.pipeline
            if not str(step['type']).endswith('LoadAnnotations')
        ]
        model = build_victim_model(config, checkpoint, trust, device)
        model.cfg = config
        options = {
            name: value
            for name, value in (config.test_cfg.get('victim') or {}).items()
            if name != 'type'
        }
        self.victim = kind.from_dataset(model, self.images([], []), **options)
        with DefaultScope.overwrite_default_scope(self.scope):
            self._steps = Compose(self.pipeline)

    def images(self, paths: Sequence[PathLike],
               objects: Sequence[list[dict]]) -> ListedImages:
        """Images and objects as a data set of this detector."""
        with DefaultScope.overwrite_default_scope(self.scope):
            return ListedImages(paths, objects, self.classes, self.pipeline)

    def detect(self, image: PathLike | BgrLevels) -> DetDataSample:
        """Detect in an image, through the detector's own pipeline.

        Args:
            image: A file, or an array, which goes through a file as well.

        Returns:
            ``pred_instances`` in pixels of the image, on the CPU.
        """
        if isinstance(image, np.ndarray):
            with TemporaryDirectory() as folder:
                write_png(Path(folder) / 'image.png', image)
                return self.detect(Path(folder) / 'image.png')
        with DefaultScope.overwrite_default_scope(self.scope):
            seen = inference_detector(self.victim.model, str(image),
                                      self._steps)
        return seen.cpu()


def certain_objects(seen: DetDataSample, min_score: float) -> list[dict]:
    """Detections that are taken for true.

    Args:
        seen: From :meth:`Detector.detect`.
        min_score: Least score that is.

    Returns:
        As MMDetection's data sets give ``instances``.
    """
    found = seen.pred_instances
    found = found[found.scores >= min_score]
    objects = [
        dict(bbox=box, bbox_label=label, ignore_flag=0)
        for box, label in zip(found.bboxes.tolist(), found.labels.tolist())
    ]
    if 'masks' in found:
        for entry, mask in zip(objects, found.masks):
            entry['mask'] = encode_mask(torch.as_tensor(mask).numpy())
    return objects


def check_score(min_score: float) -> float:
    """Refuse what is no score."""
    if not 0 <= min_score <= 1:
        raise ValueError(f'wanted a score in [0, 1], got {min_score}')
    return min_score


def class_names(config: Config) -> list[str]:
    """Names of a detector's labels, by its test data.

    Raises:
        ValueError: If none are known.
    """
    dataset = config.test_dataloader.dataset
    kind = type_of(DATASETS, dataset, config.get('default_scope', 'mmdet'))
    known = (dataset.get('metainfo') or {}).get('classes') or getattr(
        kind, 'METAINFO', {}).get('classes')
    if not known:
        raise ValueError(f'{config.filename} names no classes: set '
                         '`test_dataloader.dataset.metainfo.classes`')
    return [str(name) for name in known]
