"""Attack a folder of images: what the detector sees there is the truth."""
import json
from pathlib import Path

from mmengine.config import Config, ConfigDict
from mmengine.logging import print_log

from mmadvrain.typing import PathLike
from mmadvrain.utils.files import write_json
from mmadvrain.utils.progress import Progress

from .detector import Detector, certain_objects, check_score, class_names
from .image_inputs import images_of


def attack_folder(config: Config,
                  images: PathLike,
                  work_dir: PathLike,
                  checkpoint: str | None = None,
                  min_score: float = 0.3,
                  trust: bool = False) -> Config:
    """Let a config attack a folder of images without annotations.

    The detector's own detections on the clean images are taken for true, so
    scores say how much of what it sees is lost in rain, not how much of what
    is there.

    Args:
        config: An attack config; stays as it is.
        images: Folder of images, subfolders included.
        work_dir: Gets ``annotations/seen.json``, in COCO's form; one of the
            same images that is there is taken as it is.
        checkpoint: Weights; None takes the config's.
        min_score: Least score of a detection that is taken for true, in
            [0, 1]. Defaults to 0.3.
        trust: See :func:`run_attack`. Defaults to False.

    Returns:
        With data set and metrics of the folder.

    Raises:
        ValueError: If the folder has no image, the score is out of range, no
            class names are known, or nothing is detected.
    """
    check_score(min_score)
    folder = Path(images)
    names = images_of(folder)
    classes = class_names(config)
    target = Path(work_dir) / 'annotations' / 'seen.json'
    if not _is_of(target, names, classes, min_score):
        write_json(
            target,
            dict(
                _detections(
                    Detector(config, checkpoint, trust), folder, names,
                    min_score),
                info=dict(min_score=min_score),
                categories=[
                    dict(id=i, name=name) for i, name in enumerate(classes)
                ]))
    count = len(json.loads(target.read_text())['annotations'])
    print_log(
        f'no annotations: {count} detections of score {min_score} or more on '
        f'{len(names)} clean images are taken for true, see {target}',
        logger='current')
    if not count:
        raise ValueError(f'the detector sees nothing of score {min_score} or '
                         f'more in {folder}: there is nothing to attack')
    config = Config(config.to_dict(), filename=config.filename)
    pipeline = config.test_dataloader.dataset.pipeline
    config.test_dataloader.dataset = ConfigDict(
        type='CocoDataset',
        ann_file=str(target),
        data_prefix=dict(img=f'{folder}/'),
        metainfo=dict(classes=tuple(classes)),
        pipeline=pipeline,
        test_mode=True)
    config.test_evaluator = ConfigDict(
        type='mmadvrain.FastCocoMetric', ann_file=str(target))
    return config


def _is_of(path: Path, names: list[str], classes: list[str],
           min_score: float) -> bool:
    """Whether a file of an earlier call is of the same images."""
    try:
        content = json.loads(path.read_text())
        return [x['file_name'] for x in content['images']] == names and [
            x['name'] for x in content['categories']
        ] == classes and content['info'] == dict(min_score=min_score)
    except (OSError, ValueError, LookupError, TypeError):
        return False


def _detections(detector: Detector, folder: Path, names: list[str],
                min_score: float) -> dict[str, list]:
    """Images and annotations of a COCO file."""
    images: list[dict] = []
    annotations: list[dict] = []
    with Progress('look', len(names)) as progress:
        for number, name in enumerate(names):
            seen = detector.detect(folder / name)
            height, width = seen.ori_shape
            images.append(
                dict(id=number, file_name=name, height=height, width=width))
            for entry in certain_objects(seen, min_score):
                x1, y1, x2, y2 = entry['bbox']
                outline = dict(
                    segmentation=entry['mask']) if 'mask' in entry else {}
                annotations.append(
                    dict(
                        outline,
                        id=len(annotations) + 1,
                        image_id=number,
                        category_id=entry['bbox_label'],
                        bbox=[x1, y1, x2 - x1, y2 - y1],
                        area=(x2 - x1) * (y2 - y1),
                        iscrowd=0))
            progress.advance(1)
    return dict(images=images, annotations=annotations)
