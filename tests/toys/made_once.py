"""Toy data and a toy detector, made once for all test files."""
import atexit
import functools
import shutil
import tempfile
from pathlib import Path

import torch
from mmengine.registry import DATASETS

from mmadvrain.datasets.native_images import NativeImages
from tests.toys.toy_data import toy_dataset, write_toy_coco
from tests.toys.toy_detector import (
    build_toy_detector,
    toy_faster_rcnn,
    toy_retinanet,
    train_toy_detector,
)

MODELS = dict(two_stage=toy_faster_rcnn, one_stage=toy_retinanet)


@functools.cache
def toy_root() -> Path:
    """Folder of toy images; nobody writes to it."""
    folder = Path(tempfile.mkdtemp(prefix='mmadvrain_toys_'))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    write_toy_coco(folder)
    return folder


@functools.cache
def trained_weights(kind: str = 'two_stage') -> Path:
    """Checkpoint of a detector that knows the toy images."""
    path = toy_root() / f'{kind}.pth'
    detector = train_toy_detector(
        build_toy_detector(MODELS[kind]()), toy_root())
    torch.save(detector.state_dict(), path)
    return path


def trained_detector(kind: str = 'two_stage') -> torch.nn.Module:
    """A new copy of that detector."""
    detector = build_toy_detector(MODELS[kind]())
    detector.load_state_dict(torch.load(trained_weights(kind)))
    return detector


def toy_images(pipeline=None, root=None) -> NativeImages:
    """The toy images at native resolution."""
    cfg = toy_dataset(root or toy_root(), pipeline)
    return NativeImages(DATASETS.build(dict(cfg, _scope_='mmdet')))


def write_plan(path: Path, content: dict) -> Path:
    """A config file whose entries keep their order, as `dump` does not."""
    path.write_text('\n'.join(f'{k} = {v!r}' for k, v in content.items()))
    return path
