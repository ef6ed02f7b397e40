"""Attack a folder of images: what the detector sees there is the truth."""
import json
from pathlib import Path

from mmdet.apis import inference_detector
from mmengine.config import Config, ConfigDict
from mmengine.dataset import Compose
from mmengine.logging import print_log
from mmengine.registry import DATASETS, DefaultScope

from mmadvrain.datasets.foreign_files import is_foreign
from mmadvrain.registry import type_of
from mmadvrain.typing import PathLike
from mmadvrain.utils.files import write_json
from mmadvrain.utils.progress import Progress
from mmadvrain.victims.build import build_victim_model

_SUFFIXES = {'.bmp', '.jpeg', '.jpg', '.png', '.tif', '.tiff', '.webp'}


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
    if not 0 <= min_score <= 1:
        raise ValueError(f'wanted a score in [0, 1], got {min_score}')
    folder = Path(images)
    names = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob('*')
        if path.suffix.lower() in _SUFFIXES
        and not is_foreign(path.relative_to(folder)))
    if not names:
        raise ValueError(f'wanted a folder of images ({", ".join(_SUFFIXES)}),'
                         f' found none in {folder}')
    classes = _class_names(config)
    target = Path(work_dir) / 'annotations' / 'seen.json'
    if not _is_of(target, names, classes, min_score):
        write_json(
            target,
            dict(
                _detections(config, folder, names, checkpoint, min_score,
                            trust),
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


def _class_names(config: Config) -> list[str]:
    dataset = config.test_dataloader.dataset
    kind = type_of(DATASETS, dataset, config.get('default_scope', 'mmdet'))
    known = (dataset.get('metainfo') or {}).get('classes') or getattr(
        kind, 'METAINFO', {}).get('classes')
    if not known:
        raise ValueError(f'{config.filename} names no classes: set '
                         '`test_dataloader.dataset.metainfo.classes`')
    return [str(name) for name in known]


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


def _detections(config: Config, folder: Path, names: list[str],
                checkpoint: str | None, min_score: float,
                trust: bool) -> dict[str, list]:
    """Images and annotations of a COCO file."""
    model = build_victim_model(config, checkpoint, trust)
    model.cfg = config
    images: list[dict] = []
    annotations: list[dict] = []
    with DefaultScope.overwrite_default_scope(
            config.get('default_scope',
                       'mmdet')), Progress('look', len(names)) as progress:
        steps = Compose([
            step for step in config.test_dataloader.dataset.pipeline
            if not str(step['type']).endswith('LoadAnnotations')
        ])
        for number, name in enumerate(names):
            sample = inference_detector(model, str(folder / name), steps)
            height, width = sample.ori_shape
            images.append(
                dict(id=number, file_name=name, height=height, width=width))
            seen = sample.pred_instances.cpu()
            for box, label in zip(
                    seen.bboxes[seen.scores >= min_score].tolist(),
                    seen.labels[seen.scores >= min_score].tolist()):
                sides = [box[2] - box[0], box[3] - box[1]]
                annotations.append(
                    dict(
                        id=len(annotations) + 1,
                        image_id=number,
                        category_id=label,
                        bbox=[*box[:2], *sides],
                        area=sides[0] * sides[1],
                        iscrowd=0))
            progress.advance(1)
    return dict(images=images, annotations=annotations)
