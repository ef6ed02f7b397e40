"""A run as COCO annotations that name the image of each view."""
from pathlib import Path

from mmadvrain.evaluation.page.run_folder import Boxes
from mmadvrain.typing import PathLike
from mmadvrain.utils.files import write_json

from .exported_run import ExportedRun


def write_coco(run: ExportedRun, folder: PathLike) -> Path:
    """Write a run in COCO's form.

    Args:
        run: The run.
        folder: Gets ``annotations.json``, whose images have a field a view
            with the file below the folder, ``file_name`` being the adversarial
            one, and besides ``flags`` and ``rain``; of each view the images
            and ``detections_VIEW.json``, which ``COCO.loadRes`` reads.

    Returns:
        The annotation file.
    """
    root = Path(folder)
    files = run.bring(root)
    images: list[dict] = []
    annotations: list[dict] = []
    found: dict[str, list[dict]] = {view: [] for view in run.views}
    for number, one in enumerate(run.images, 1):
        name, truth = one.image.name, one.image.truth
        assert truth is not None  # of a detector
        images.append(
            dict(
                files[name],
                id=number,
                file_name=files[name]['adversarial'],
                name=name,
                height=one.size_hw[0],
                width=one.size_hw[1],
                flags=one.flags,
                rain=one.measures))
        for entry, counts in zip(_entries(truth, number), truth.scores):
            annotations.append(
                dict(
                    entry,
                    id=len(annotations) + 1,
                    area=entry['bbox'][2] * entry['bbox'][3],
                    iscrowd=int(not counts)))
        for view, boxes in one.image.found.items():
            found[view] += [
                dict(entry, score=float(score))
                for entry, score in zip(_entries(boxes, number), boxes.scores)
            ]
    for view, entries in found.items():
        write_json(root / f'detections_{view}.json', entries)
    path = root / 'annotations.json'
    write_json(
        path,
        dict(
            info=dict(
                description='A run of mmadvrain; of each image one file a '
                'view',
                views=run.views),
            images=images,
            annotations=annotations,
            categories=[
                dict(id=i, name=label)
                for i, label in enumerate(run.run.classes)
            ]))
    return path


def _entries(boxes: Boxes, image_id: int) -> list[dict]:
    return [
        dict(
            image_id=image_id,
            category_id=int(label),
            bbox=[x1, y1, x2 - x1, y2 - y1])
        for (x1, y1, x2, y2), label in zip(boxes.boxes.tolist(), boxes.labels)
    ]
