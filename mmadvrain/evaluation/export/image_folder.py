"""A run as an ``imagefolder`` of Hugging Face datasets."""
import json
import logging
from pathlib import Path

from mmengine.logging import print_log

from mmadvrain.evaluation.page.run_folder import Boxes
from mmadvrain.typing import PathLike
from mmadvrain.utils.files import atomic_path, plain

from .croissant import write_croissant
from .data_card import data_card
from .exported_run import ExportedImage, ExportedRun

METADATA_FILE = 'metadata.jsonl'


def write_image_folder(run: ExportedRun, folder: PathLike) -> Path:
    """Write a run as ``datasets.load_dataset('imagefolder')`` reads it.

    Args:
        run: The run.
        folder: Gets the images of each view, ``metadata.jsonl``, a line an
            image with a column a view, the data card ``README.md``, and
            ``croissant.json`` where mlcroissant is installed.

    Returns:
        The folder.
    """
    root = Path(folder)
    files = run.bring(root)
    with atomic_path(root / METADATA_FILE) as temporary:
        with open(temporary, 'w', encoding='utf-8') as lines:
            for one in run.images:
                row = _row(run, one, files[one.image.name])
                lines.write(json.dumps(plain(row), allow_nan=False) + '\n')
    with atomic_path(root / 'README.md') as temporary:
        temporary.write_text(data_card(run), encoding='utf-8')
    try:
        write_croissant(run, root)
    except ImportError as error:
        print_log(
            f'no croissant.json: {error}',
            logger='current',
            level=logging.WARNING)
    return root


def _row(run: ExportedRun, one: ExportedImage, files: dict[str, str]) -> dict:
    assert one.image.truth is not None  # of a detector
    columns = {f'{view}_file_name': path for view, path in files.items()}
    boxes = {
        f'{view}_detections': _objects(run, found, True)
        for view, found in one.image.found.items()
    }
    return dict(
        columns,
        name=one.image.name,
        height=one.size_hw[0],
        width=one.size_hw[1],
        objects=_objects(run, one.image.truth, False),
        **boxes,
        flags=one.flags,
        rain=one.measures)


def _objects(run: ExportedRun, boxes: Boxes, scored: bool) -> dict[str, list]:
    """Boxes as (x, y, width, height), as Hugging Face has them."""
    content = dict(
        bbox=[[x1, y1, x2 - x1, y2 - y1]
              for x1, y1, x2, y2 in boxes.boxes.tolist()],
        category=[run.run.classes[label] for label in boxes.labels])
    if scored:
        return dict(content, score=boxes.scores.tolist())
    return dict(content, counts=(boxes.scores > 0).tolist())
